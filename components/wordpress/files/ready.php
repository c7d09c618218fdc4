<?php
// Readiness: this pod can serve a page, which takes the code and the database. It does not go through WordPress, so
// that neither a redirect to https, nor maintenance mode, nor a plugin decides whether the pod gets traffic.
require '/etc/wordpress/database.php';
$error = is_file('/var/www/html/wp-includes/version.php') ? database_error() : new Exception('there is no WordPress in /var/www/html');
// Too many connections, of all or of this user: the database is busy, and the workers have kept some of them.
$ready = $error === null || in_array($error->getCode(), [1040, 1203], true);
if ($error !== null) {
    error_log(($ready ? 'busy' : 'not ready') . ": {$error->getMessage()}");
}
http_response_code($ready ? 200 : 503);
header('Content-Type: text/plain');
echo $ready ? "ready\n" : "not ready\n";
