<?php
/*
 * Plugin Name: Hardening
 * Description: Keeps visitors from listing the site's users. Placed here by the deployment.
 */

// /?author=1 would redirect to a URL that holds the login name; sent as a form it would show the author's page.
add_action('template_redirect', function () {
    if (is_author() && (isset($_GET['author']) || isset($_POST['author']))) {
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

add_filter('oembed_response_data', fn(array $data): array => array_diff_key($data, ['author_name' => 1, 'author_url' => 1]));

// One answer to a name there is not and to a wrong password, on the login page and in the REST API.
$one_answer = function ($result) {
    $telling = ['invalid_username', 'invalid_email', 'incorrect_password'];
    if (!is_wp_error($result) || !in_array($result->get_error_code(), $telling, true)) return $result;
    return new WP_Error('incorrect_password', 'The user name or the password is wrong.', $result->get_error_data());
};
add_filter('authenticate', $one_answer, 100);
add_filter('rest_authentication_errors', $one_answer, 100);

add_filter('wp_sitemaps_add_provider', fn($provider, $name) => $name === 'users' ? false : $provider, 10, 2);

// Pages are framed by the site itself only, as WordPress has it for login and administration; posts are there to be embedded.
add_action('template_redirect', function () {
    if (is_embed()) header('Content-Security-Policy: frame-ancestors *');
    else send_frame_options_header();
}, 0);
