<?php
// Writes numbered rows for argv[1] seconds, or until the stop file is there, and prints each number once the server
// has acknowledged its commit.
// With argv[1] = check, prints the numbers that are there; with drop, takes the table away.
[$host, $port] = array_pad(explode(':', getenv('WORDPRESS_DB_HOST'), 2), 2, '3306');
$password = trim(file_get_contents(getenv('WORDPRESS_DB_PASSWORD_FILE')));
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function connect(): mysqli
{
    global $host, $port, $password;
    $database = mysqli_init();
    $database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 2);
    $database->options(MYSQLI_OPT_READ_TIMEOUT, 5);
    $database->real_connect($host, getenv('WORDPRESS_DB_USER'), $password, getenv('WORDPRESS_DB_NAME'), (int) $port, null,
        getenv('WORDPRESS_DB_TLS') ? MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT : 0);
    return $database;
}

$table = 'proof_writes';
if ($argv[1] === 'drop') {
    connect()->query("DROP TABLE IF EXISTS $table");
    exit;
}
if ($argv[1] === 'check') {
    foreach (connect()->query("SELECT id FROM $table ORDER BY id") as $row) echo $row['id'], "\n";
    exit;
}
connect()->query("CREATE TABLE IF NOT EXISTS $table (id INT PRIMARY KEY, filling CHAR(200)) ENGINE=InnoDB");
$stop = '/tmp/proof-stop';
@unlink($stop);
$database = null;
$filling = str_repeat('x', 200);
// A number is used once: whether a commit cut off in the middle counts is unknown, and nobody was promised it.
for ($id = 1, $end = microtime(true) + (float) $argv[1]; microtime(true) < $end && !file_exists($stop); $id++) {
    try {
        $database ??= connect();
        $database->query("INSERT INTO $table VALUES ($id, '$filling')");
        echo $id, "\n";
        usleep(10000);
    } catch (mysqli_sql_exception) {
        $database = null;
        usleep(100000);
    }
}
