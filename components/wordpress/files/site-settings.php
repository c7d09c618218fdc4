<?php
// Language, time zone and permalinks of the config: set by the installation, and again when the config has others than
// the last time. What somebody has set in the dashboard stays as long. Part of install.php.

/** Brings the language's files, from wordpress.org where they are not there. */
function provide_language(string $language): void
{
    if ($language === 'en_US') return;
    add_filter('filesystem_method', fn() => 'direct');
    require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
    require_once ABSPATH . 'wp-admin/includes/translation-install.php';
    remove_all_actions('upgrader_process_complete');
    if (wp_download_language_pack($language) !== $language) {
        $where = getenv('WORDPRESS_CONTENT') === 'image' ? 'in the image' : 'there, and could not be had from wordpress.org';
        give_up("site.language: $language cannot be set: wp-content/languages/$language.mo is not $where.");
    }
}

/** What the config asks for, by the names of WordPress' options. */
function declared_settings(): array
{
    $timezone = getenv('WORDPRESS_SITE_TIMEZONE');
    if (!in_array($timezone, timezone_identifiers_list(DateTimeZone::ALL_WITH_BC), true)) {
        give_up("site.timezone: $timezone cannot be set: PHP does not know it.");
    }
    return [
        'WPLANG' => getenv('WORDPRESS_SITE_LANGUAGE'),
        'timezone_string' => $timezone,
        'permalink_structure' => getenv('WORDPRESS_SITE_PERMALINKS'),
    ];
}

/** @param array $before what was asked for the last time */
function apply_settings(array $declared, array $before): void
{
    $changed = array_diff_assoc($declared, $before);
    if (isset($changed['WPLANG'])) provide_language($changed['WPLANG']);
    foreach ($changed as $option => $value) {
        update_option($option, $option === 'WPLANG' && $value === 'en_US' ? '' : $value);
        echo "Set $option to $value\n";
    }
    // The first request makes them anew.
    if (isset($changed['permalink_structure'])) delete_option('rewrite_rules');
    update_option('deployment_settings', $declared, false);
}
