<?php
// Site Health's own tests in a pod, as its page runs them for an administrator; prints what each one finds. With the
// argument `open` as with network.internetEgress: WordPress.org, which no test can reach, is said to answer.

require '/etc/wordpress/site-request.php';
$open = ($argv[1] ?? '') === 'open';
if ($open) define('WP_HTTP_BLOCK_EXTERNAL', false);
require '/var/www/html/wp-load.php';
require ABSPATH . 'wp-admin/includes/admin.php';

if ($open) {
    $php = ['recommended_version' => '8.3', 'minimum_version' => '7.4', 'is_supported' => true, 'is_secure' => true, 'is_acceptable' => true];
    $answer = ['headers' => [], 'body' => json_encode($php), 'cookies' => [], 'response' => ['code' => 200, 'message' => 'OK'], 'filename' => null];
    add_filter('pre_http_request', fn($result, $args, $url) => str_ends_with(parse_url($url, PHP_URL_HOST), 'wordpress.org') ? $answer : $result, 10, 3);
}
$until = time() + 300;
$token = WP_Session_Tokens::get_instance(1)->create($until);
$_COOKIE[LOGGED_IN_COOKIE] = wp_generate_auth_cookie(1, $until, 'logged_in', $token);
wp_set_current_user(1);

$health = WP_Site_Health::get_instance();
['direct' => $direct, 'async' => $async] = WP_Site_Health::get_tests();
// Asks about a header of the browser's own.
unset($async['authorization_header']);
$found = [];
foreach ($direct as $name => ['test' => $test]) {
    $found[$name] = is_string($test) ? $health->{"get_test_$test"}() : $test();
}
foreach ($async as $name => ['async_direct_test' => $test]) $found[$name] = $test();
echo json_encode(array_map(fn(array $result) => array_intersect_key($result, ['status' => 1, 'label' => 1, 'description' => 1]), $found));
