<?php
/*
 * Plugin Name: Newer schema
 * Description: While pods of two versions serve, those of the older one do not ask for a database update. Placed here by the deployment.
 */

// Theirs would write the older schema's number over the newer one's. The Job, which refuses to go back, sees what is so.
if (PHP_SAPI !== 'cli') {
    add_filter('option_db_version', fn($version) => min((int) $version, $GLOBALS['wp_db_version']));
}
