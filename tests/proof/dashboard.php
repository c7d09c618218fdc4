<?php
// The dashboard as an administrator gets it when everything it asks WordPress.org has to be asked anew, in a network that
// drops what goes out. Prints seconds. With the argument `unblocked` as if nobody had told WordPress about the network.

require '/etc/wordpress/site-request.php';
if (($argv[1] ?? '') === 'unblocked') define('WP_HTTP_BLOCK_EXTERNAL', false);
$_SERVER['REQUEST_URI'] = $_SERVER['PHP_SELF'] = '/wp-admin/index.php';
$_SERVER['HTTP_USER_AGENT'] = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

function before_wordpress(string $hook, callable $function): void
{
    $GLOBALS['wp_filter'][$hook][99][] = ['function' => $function, 'accepted_args' => 1];
}

// WordPress' own is defined only where there is none.
function auth_redirect() {}
before_wordpress('determine_current_user', fn() => 1);
before_wordpress('init', function () {
    foreach (['update_plugins', 'update_themes', 'php_check_' . md5(PHP_VERSION), 'browser_' . md5($_SERVER['HTTP_USER_AGENT'])] as $name) {
        delete_site_transient($name);
    }
});
// Every name has an address, as where DNS answers for the internet; of RFC 5737, so that nobody has it.
before_wordpress('http_api_curl', fn($handle) => curl_setopt($handle, CURLOPT_CONNECT_TO, ['::198.51.100.1:']));

$begin = microtime(true);
ob_start();
require '/var/www/html/wp-admin/index.php';
$page = ob_get_clean();
if (!str_contains($page, 'dashboard-widgets')) exit("no dashboard: $page");
printf("%.1f\n", microtime(true) - $begin);
