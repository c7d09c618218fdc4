<?php
/** Why the site's database does not answer a query; null when it does. */
function database_error(): ?mysqli_sql_exception
{
    [$host, $port] = array_pad(explode(':', getenv('WORDPRESS_DB_HOST'), 2), 2, '3306');
    $password = trim(file_get_contents(getenv('WORDPRESS_DB_PASSWORD_FILE')));
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    try {
        $database = mysqli_init();
        $database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 3);
        $database->real_connect(
            $host, getenv('WORDPRESS_DB_USER'), $password, getenv('WORDPRESS_DB_NAME'), (int) $port, null,
            getenv('WORDPRESS_DB_TLS') ? MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT : 0
        );
        $database->query('SELECT 1');
        $database->close();
        return null;
    } catch (mysqli_sql_exception $exception) {
        return $exception;
    }
}
