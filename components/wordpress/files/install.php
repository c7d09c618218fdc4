<?php
// Installs WordPress into an empty database, or brings the schema of an installed one up to the code's version,
// with WordPress' own functions; then come plugins and themes. Running it again changes nothing.

require '/etc/wordpress/command.php';
define('WP_INSTALLING', true);

require '/etc/wordpress/database.php';
// By the clock, for an attempt may take a second or forty. Not tried again, for that would outlive the Job.
$until = time() + 240;
while (($error = database_error()?->getMessage()) !== null) {
    if (str_starts_with($error, 'Access denied')) give_up("The database refuses the site's user: $error");
    fwrite(STDERR, "Waiting for the database: $error\n");
    if (time() >= $until) give_up("No database in four minutes: $error");
    sleep(2);
}

// The mail of a new installation would tell nobody anything: the password is in a Secret.
function wp_new_blog_notification($title, $url, $user, $password) {}

/** Code that nobody has asked for: the plugins and older themes of WordPress' own package, none of them active. */
function remove_what_the_image_brought(): void
{
    if (!wp_is_file_mod_allowed('remove_what_the_image_brought')) return;
    require_once ABSPATH . 'wp-admin/includes/admin.php';
    delete_plugins(array_intersect(['akismet/akismet.php', 'hello.php', 'hello-dolly/hello.php'], array_keys(get_plugins())));
    $unused = array_diff(array_keys(wp_get_themes()), [get_stylesheet(), get_template()]);
    array_map('delete_theme', preg_grep('/^twenty\w+$/', $unused));
}

require '/var/www/html/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
require '/etc/wordpress/site-settings.php';
require '/etc/wordpress/move.php';

$settings = declared_settings();
if (!is_blog_installed()) {
    // With a structure set, the installer does not call the site over http to find out whether links work.
    add_filter('pre_option_permalink_structure', fn() => $settings['permalink_structure']);
    $language = $settings['WPLANG'];
    provide_language($language);
    // The first page and post are in the site's language, too.
    load_default_textdomain($language);
    $wp_locale = new WP_Locale();
    $password = trim(file_get_contents(getenv('WORDPRESS_ADMIN_PASSWORD_FILE')));
    // Slashes as WordPress' own installer has them: a login is compared with its slashes.
    $made = wp_install(
        getenv('WORDPRESS_SITE_TITLE'), getenv('WORDPRESS_ADMIN_USER'), getenv('WORDPRESS_ADMIN_EMAIL'),
        true, '', wp_slash($password), $language === 'en_US' ? '' : $language
    );
    if (empty($made['user_id'])) give_up("WordPress' installer made no administrator.", 1);
    remove_all_filters('pre_option_permalink_structure');
    // The installer kept rules without those of the REST API, which goes with the permalinks.
    apply_settings($settings, []);
    remove_what_the_image_brought();
    echo "Installed WordPress $wp_version at $url\n";
} elseif ((int) get_option('db_version') < (int) $wp_db_version) {
    $before = get_option('db_version');
    wp_upgrade();
    delete_option('rewrite_rules');
    echo "Upgraded the database schema from $before to $wp_db_version\n";
} elseif ((int) get_option('db_version') > (int) $wp_db_version) {
    give_up('The database schema (' . get_option('db_version') . ") is newer than WordPress $wp_version knows ($wp_db_version): use the newer image again.");
} else {
    echo "WordPress $wp_version is installed; the schema is current\n";
}

// A site from before they were in the config has been made with the defaults.
$defaults = ['WPLANG' => 'en_US', 'timezone_string' => 'UTC', 'permalink_structure' => '/%year%/%monthnum%/%day%/%postname%/'];
apply_settings($settings, get_option('deployment_settings', $defaults));
move_once((string) getenv('WORDPRESS_SITE_MOVED_FROM'), $url);
require '/etc/wordpress/extensions.php';
