<?php
// Readiness: this pod can serve a page, which takes the code and the database. It does not go through WordPress, so
// that neither a redirect to https, nor maintenance mode, nor a plugin decides whether the pod gets traffic.
require '/etc/wordpress/database.php';
$fault = is_file('/var/www/html/wp-includes/version.php') ? database_error() : 'there is no WordPress in /var/www/html';
if ($fault !== null) {
    http_response_code(503);
    error_log("not ready: $fault");
}
header('Content-Type: text/plain');
echo $fault === null ? "ready\n" : "not ready\n";
