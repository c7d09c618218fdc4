<?php
/*
 * Plugin Name: Persistent database connections
 * Description: Each Apache worker keeps its connection to the database for its next page. Placed here by the deployment.
 */

// Within one volume, pods of two settings may serve side by side.
if (getenv('WORDPRESS_DB_PERSISTENT')) {
    $wpdb = new class (DB_USER, DB_PASSWORD, DB_NAME, DB_HOST) extends wpdb {
        /** PHP takes the host's prefix as the wish for a connection that is kept. It tries one it has kept before it uses it. */
        public function parse_db_host($host)
        {
            $parts = parent::parse_db_host($host);
            if (!$parts) return $parts;
            [$name, $port, $socket, $is_ipv6] = $parts;
            return ['p:' . ($is_ipv6 ? "[$name]" : $name), $port, $socket, false];
        }
    };
}
