<?php
// For `npm run bench -- mix`: a form with a nonce, and a word for whoever has a cart, as a shop has them.
add_filter('the_content', function (string $content): string {
    return $content . (is_page('bench-form') ? wp_nonce_field('bench', '_wpnonce', true, false) : '');
});
add_action('wp_footer', function () {
    $owner = $_COOKIE['woocommerce_cart_hash'] ?? '';
    if (ctype_alpha($owner)) echo "<p>the cart of $owner</p>";
});
