<?php
// Lets WordPress' own schedule find a new version of a plugin, as with network.internetEgress, and prints the version it
// then has. WordPress.org, which no test can reach, is played by one answer; the package is a file.

require '/etc/wordpress/site-request.php';
define('DOING_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', false);
require '/var/www/html/wp-load.php';
require ABSPATH . 'wp-admin/includes/admin.php';

$plugin = 'updated-by-the-test/updated-by-the-test.php';
$code = fn(string $version) => "<?php\n/* Plugin Name: Updated by the test\n * Version: $version\n */\n";
wp_mkdir_p(dirname(WP_PLUGIN_DIR . "/$plugin"));
file_put_contents(WP_PLUGIN_DIR . "/$plugin", $code('1.0'));
$package = '/tmp/updated-by-the-test.zip';
$zip = new ZipArchive();
$zip->open($package, ZipArchive::CREATE | ZipArchive::OVERWRITE);
$zip->addFromString($plugin, $code('2.0'));
$zip->close();

$offer = ['plugins' => [$plugin => ['slug' => dirname($plugin), 'plugin' => $plugin, 'new_version' => '2.0', 'package' => $package]], 'no_update' => [], 'translations' => []];
$asked = [];
add_filter('pre_http_request', function ($result, $args, $url) use ($offer, &$asked) {
    $asked[] = $url;
    if (!str_contains($url, '/plugins/update-check/')) return new WP_Error('nobody', 'There is nobody.');
    return ['headers' => [], 'body' => json_encode($offer), 'cookies' => [], 'response' => ['code' => 200, 'message' => 'OK'], 'filename' => null];
}, 10, 3);
add_filter('pre_wp_mail', '__return_true');

$before = get_site_option('auto_update_plugins');
update_site_option('auto_update_plugins', [$plugin]);
delete_site_transient('update_plugins');
do_action('wp_update_plugins');
$version = get_plugin_data(WP_PLUGIN_DIR . "/$plugin")['Version'];
delete_plugins([$plugin]);
update_site_option('auto_update_plugins', $before ?: []);
delete_site_transient('update_plugins');
echo json_encode(['version' => $version, 'core' => (bool) preg_grep('#/core/version-check/#', $asked)]);
