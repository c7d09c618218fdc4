<?php
// Activates the declared plugins and the theme in a WordPress that runs with its plugins, and deactivates what was
// declared before and is no more. Started by extensions.php.

require '/etc/wordpress/command.php';
// The fault is told here, not on a page.
define('WP_SANDBOX_SCRAPING', true);
$step = 'WordPress with its active plugins';
$done = false;
register_shutdown_function(function () use (&$step, &$done) {
    if ($done) return;
    $why = strtok(error_get_last()['message'] ?? 'exit was called', "\n");
    give_up("$step ended too soon: $why");
});
require '/var/www/html/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
require_once ABSPATH . 'wp-admin/includes/theme.php';

$declared = json_decode(getenv('WORDPRESS_EXTENSIONS'), true);
$placed = get_option('deployment_extensions', ['plugins' => [], 'themes' => []]);
$names = fn(string $kind) => array_column($declared[$kind], 'slug');
$main_file = fn(string $slug) => array_map(fn($file) => "$slug/$file", array_keys(get_plugins("/$slug")))[0] ?? '';

foreach (array_diff(array_keys($placed['plugins']), $names('plugins')) as $slug) {
    $file = $main_file($slug);
    if ($file === '' || !is_plugin_active($file)) continue;
    deactivate_plugins($file);
    echo "Deactivated $slug, which wordpress.plugins names no more; its files stay\n";
}
foreach (array_filter($declared['plugins'], fn($plugin) => $plugin['activate']) as ['slug' => $slug]) {
    $step = "wordpress.plugins: $slug, when it was activated,";
    $file = $main_file($slug);
    if (is_plugin_active($file)) continue;
    $result = activate_plugin($file);
    // Of one that only printed something there is an error, too.
    if (!is_plugin_active($file)) {
        $done = true;
        give_up("wordpress.plugins: $slug cannot be activated: " . wp_strip_all_tags($result->get_error_message()));
    }
    echo "Activated $slug\n";
}
foreach (array_filter($declared['themes'], fn($theme) => $theme['activate']) as ['slug' => $slug]) {
    $step = "wordpress.themes: $slug, when it was activated,";
    if (get_stylesheet() === $slug) continue;
    $fits = wp_get_theme($slug)->errors() ?: validate_theme_requirements($slug);
    if (is_wp_error($fits)) {
        $done = true;
        give_up("wordpress.themes: $slug cannot be activated: " . wp_strip_all_tags($fits->get_error_message()));
    }
    switch_theme($slug);
    echo "Activated the theme $slug\n";
}
$done = true;
