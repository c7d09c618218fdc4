<?php
/*
 * Plugin Name: Hardening
 * Description: Keeps visitors from listing the site's users. Placed here by the deployment.
 */

// /?author=1 would redirect to a URL that holds the login name.
add_action('template_redirect', function () {
    if (is_author() && isset($_GET['author'])) {
        global $wp_query;
        $wp_query->set_404();
        status_header(404);
    }
}, 1);

add_filter('rest_endpoints', function (array $endpoints): array {
    if (!is_user_logged_in()) {
        unset($endpoints['/wp/v2/users'], $endpoints['/wp/v2/users/(?P<id>[\d]+)']);
    }
    return $endpoints;
});

add_filter('wp_sitemaps_add_provider', fn($provider, $name) => $name === 'users' ? false : $provider, 10, 2);

// The update nag and site health call out; core comes with the image.
add_filter('pre_site_transient_update_core', fn() => (object) [
    'last_checked' => time(), 'version_checked' => get_bloginfo('version'), 'updates' => [],
]);
