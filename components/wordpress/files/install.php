<?php
// Installs WordPress into an empty database, or brings the schema of an installed one up to the code's version,
// with WordPress' own functions. Running it again changes nothing. Exit code 78 stands for what no retry would mend.

$url = getenv('WORDPRESS_SITE_URL');
$_SERVER['HTTPS'] = 'on';
$_SERVER['HTTP_HOST'] = preg_replace('#^https://#', '', $url);
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
define('WP_INSTALLING', true);

require '/etc/wordpress/database.php';
for ($attempt = 1; ($error = database_error()) !== null; $attempt++) {
    if (str_starts_with($error, 'Access denied')) {
        fwrite(STDERR, "The database refuses the site's user: $error\n");
        exit(78);
    }
    fwrite(STDERR, "Waiting for the database: $error\n");
    if ($attempt === 60) {
        fwrite(STDERR, "No database after 60 attempts; gave up.\n");
        exit(1);
    }
    sleep(2);
}

// The mail of a new installation would tell nobody anything: the password is in a Secret.
function wp_new_blog_notification($title, $url, $user, $password) {}

require '/var/www/html/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

if (!is_blog_installed()) {
    // With a structure set, the installer does not call the site over http to find out whether links work.
    $permalinks = '/%year%/%monthnum%/%day%/%postname%/';
    add_filter('pre_option_permalink_structure', fn() => $permalinks);
    $password = trim(file_get_contents(getenv('WORDPRESS_ADMIN_PASSWORD_FILE')));
    $made = wp_install(
        getenv('WORDPRESS_SITE_TITLE'), getenv('WORDPRESS_ADMIN_USER'), getenv('WORDPRESS_ADMIN_EMAIL'),
        true, '', $password
    );
    if (empty($made['user_id'])) {
        fwrite(STDERR, "WordPress' installer made no administrator.\n");
        exit(1);
    }
    remove_all_filters('pre_option_permalink_structure');
    update_option('permalink_structure', $permalinks);
    // The installer kept rules without those of the REST API: the first request makes them anew.
    delete_option('rewrite_rules');
    echo "Installed WordPress $wp_version at $url\n";
} elseif ((int) get_option('db_version') < (int) $wp_db_version) {
    $before = get_option('db_version');
    wp_upgrade();
    delete_option('rewrite_rules');
    echo "Upgraded the database schema from $before to $wp_db_version\n";
} elseif ((int) get_option('db_version') > (int) $wp_db_version) {
    fwrite(STDERR, 'The database schema (' . get_option('db_version') . ") is newer than WordPress $wp_version knows ($wp_db_version): use the newer image again.\n");
    exit(78);
} else {
    echo "WordPress $wp_version is installed; the schema is current\n";
}
