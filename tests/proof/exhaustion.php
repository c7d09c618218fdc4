<?php
// Takes connections until the server refuses one, holds them for argv[1] seconds, and prints the refusal.
[$host, $port] = array_pad(explode(':', getenv('WORDPRESS_DB_HOST'), 2), 2, '3306');
$password = trim(file_get_contents(getenv('WORDPRESS_DB_PASSWORD_FILE')));
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$held = [];
$refusal = 'none';
for ($count = 0; $count < 2000; $count++) {
    try {
        $database = mysqli_init();
        $database->real_connect($host, getenv('WORDPRESS_DB_USER'), $password, getenv('WORDPRESS_DB_NAME'), (int) $port, null,
            getenv('WORDPRESS_DB_TLS') ? MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT : 0);
        $held[] = $database;
    } catch (mysqli_sql_exception $exception) {
        $refusal = $exception->getMessage();
        break;
    }
}
echo count($held), "\n", $refusal, "\n";
for ($end = microtime(true) + (float) $argv[1]; microtime(true) < $end; usleep(20000)) {
    // What others give back is taken as well: the server stays full.
    try {
        $database = mysqli_init();
        $database->real_connect($host, getenv('WORDPRESS_DB_USER'), $password, getenv('WORDPRESS_DB_NAME'), (int) $port, null,
            getenv('WORDPRESS_DB_TLS') ? MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT : 0);
        $held[] = $database;
    } catch (mysqli_sql_exception) {
    }
}
