<?php
/**
 * Configuration from the environment, read at every request: WORDPRESS_NAME, or WORDPRESS_NAME_FILE with the path
 * of a file that holds the value.
 */

/** A variable's value, from its file, from the environment, or the default. */
function wordpress_env( $name, $default ) {
	$file = getenv( $name . '_FILE' );
	if ( false !== $file && '' !== $file ) {
		return rtrim( file_get_contents( $file ), "\r\n" );
	}
	$value = getenv( $name );
	return false === $value ? $default : $value;
}

define( 'DB_HOST', wordpress_env( 'WORDPRESS_DB_HOST', 'mysql' ) );
define( 'DB_NAME', wordpress_env( 'WORDPRESS_DB_NAME', 'wordpress' ) );
define( 'DB_USER', wordpress_env( 'WORDPRESS_DB_USER', 'example username' ) );
define( 'DB_PASSWORD', wordpress_env( 'WORDPRESS_DB_PASSWORD', 'example password' ) );
define( 'DB_CHARSET', wordpress_env( 'WORDPRESS_DB_CHARSET', 'utf8mb4' ) );
define( 'DB_COLLATE', wordpress_env( 'WORDPRESS_DB_COLLATE', '' ) );

define( 'AUTH_KEY', wordpress_env( 'WORDPRESS_AUTH_KEY', 'put your unique phrase here' ) );
define( 'SECURE_AUTH_KEY', wordpress_env( 'WORDPRESS_SECURE_AUTH_KEY', 'put your unique phrase here' ) );
define( 'LOGGED_IN_KEY', wordpress_env( 'WORDPRESS_LOGGED_IN_KEY', 'put your unique phrase here' ) );
define( 'NONCE_KEY', wordpress_env( 'WORDPRESS_NONCE_KEY', 'put your unique phrase here' ) );
define( 'AUTH_SALT', wordpress_env( 'WORDPRESS_AUTH_SALT', 'put your unique phrase here' ) );
define( 'SECURE_AUTH_SALT', wordpress_env( 'WORDPRESS_SECURE_AUTH_SALT', 'put your unique phrase here' ) );
define( 'LOGGED_IN_SALT', wordpress_env( 'WORDPRESS_LOGGED_IN_SALT', 'put your unique phrase here' ) );
define( 'NONCE_SALT', wordpress_env( 'WORDPRESS_NONCE_SALT', 'put your unique phrase here' ) );

$table_prefix = wordpress_env( 'WORDPRESS_TABLE_PREFIX', 'wp_' );

define( 'WP_DEBUG', (bool) wordpress_env( 'WORDPRESS_DEBUG', '' ) );

// Behind a proxy that ends TLS, WordPress must know that the visitor came by https, or it redirects for ever.
if ( isset( $_SERVER['HTTP_X_FORWARDED_PROTO'] ) && false !== strpos( $_SERVER['HTTP_X_FORWARDED_PROTO'], 'https' ) ) {
	$_SERVER['HTTPS'] = 'on';
}

// PHP of the operator's own, for constants that have no variable.
$wordpress_config_extra = wordpress_env( 'WORDPRESS_CONFIG_EXTRA', '' );
if ( '' !== $wordpress_config_extra ) {
	eval( $wordpress_config_extra );
}

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}

require_once ABSPATH . 'wp-settings.php';
