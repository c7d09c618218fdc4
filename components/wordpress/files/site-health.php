<?php
/*
 * Plugin Name: What the deployment decides
 * Description: Site Health and the screens for updates say what is decided outside the dashboard, and why. Placed here by the deployment.
 */

final class Deployment_Decisions
{
    private const CLOSED = 'This site is closed to the internet by network.internetEgress: false in the configuration of the deployment.';
    private const UPLOAD = 'Plugins and themes are neither found, installed nor updated from WordPress.org here: the configuration installs them by wordpress.plugins and wordpress.themes, and a zip file of one can be uploaded.';

    public static function coreComesWithTheImage(): bool
    {
        return defined('WP_AUTO_UPDATE_CORE') && !WP_AUTO_UPDATE_CORE;
    }

    public static function closedToTheInternet(): bool
    {
        return defined('WP_HTTP_BLOCK_EXTERNAL') && WP_HTTP_BLOCK_EXTERNAL;
    }

    public static function codeIsReadOnly(): bool
    {
        return defined('DISALLOW_FILE_MODS') && DISALLOW_FILE_MODS;
    }

    /** Tests of Site Health that ask about something decided elsewhere, and what is said in their place. */
    public static function tests(array $tests): array
    {
        if (self::coreComesWithTheImage()) {
            $tests = self::decided($tests, ['wordpress_version', 'background_updates'], 'core-from-image',
                sprintf('WordPress %s comes with the image', wp_get_wp_version()),
                'WordPress itself is updated by a newer image, wordpress.image in the configuration of the deployment, and neither by itself nor from the dashboard.');
        }
        if (self::codeIsReadOnly()) {
            $tests = self::decided($tests, ['plugin_theme_auto_updates', 'update_temp_backup_writable', 'available_updates_disk_space'], 'code-from-image',
                'Plugins and themes come with the image',
                'The code of this site is read-only: plugins and themes are updated by a newer image, as wordpress.content: image in the configuration of the deployment has it.');
        }
        if (self::closedToTheInternet()) {
            $tests = self::decided($tests, ['dotorg_communication', 'http_requests', 'php_version', 'plugin_theme_auto_updates'], 'closed-network',
                'This site is closed to the internet', self::CLOSED . (self::codeIsReadOnly() ? '' : ' ' . self::UPLOAD));
        }
        if (!getenv('PAGE_CACHE')) {
            $tests = self::decided($tests, ['page_cache'], 'page-cache-off',
                'This site has no page cache',
                'pageCache.enabled: true in the configuration of the deployment puts one in front of the site. The cache of a plugin would make and forget its pages on the volume that all pods share.');
        }
        return $tests;
    }

    private static function decided(array $tests, array $moot, string $name, string $label, string $reason): array
    {
        foreach (['direct', 'async'] as $kind) $tests[$kind] = array_diff_key($tests[$kind], array_flip($moot));
        $tests['direct'][$name] = ['label' => $label, 'test' => fn() => [
            'test' => $name, 'label' => $label, 'status' => 'good', 'actions' => '',
            'badge' => ['label' => 'Deployment', 'color' => 'blue'],
            'description' => '<p>' . esc_html($reason) . '</p>',
        ]];
        return $tests;
    }

    /** On the screens where somebody would wonder. */
    public static function notice(): void
    {
        $screens = ['plugins', 'plugin-install', 'themes', 'theme-install', 'update-core'];
        if (!self::closedToTheInternet() || self::codeIsReadOnly() || !in_array(get_current_screen()->base, $screens, true)) return;
        wp_admin_notice(esc_html(self::CLOSED . ' ' . self::UPLOAD), ['type' => 'info']);
    }
}

add_filter('site_status_tests', [Deployment_Decisions::class, 'tests']);
add_action('admin_notices', [Deployment_Decisions::class, 'notice']);

if (Deployment_Decisions::closedToTheInternet()) {
    foreach (['plugins', 'themes'] as $kind) add_filter("{$kind}_auto_update_enabled", '__return_false');
}
if (Deployment_Decisions::coreComesWithTheImage()) {
    add_filter('pre_site_transient_update_core', fn() => (object) [
        'last_checked' => time(), 'version_checked' => get_bloginfo('version'), 'updates' => [],
    ]);
    // WordPress begins the updates of plugins and themes where it has asked about its own.
    add_action('wp_update_plugins', fn() => wp_doing_cron() && do_action('wp_maybe_auto_update'), 20);
}
