<?php
/*
 * Run in a pod of WordPress: makes changes the way WordPress and its plugins make them, each taken back by the next, and
 * asks every replica of the page cache what it then has. Prints, as JSON, the changes after which a replica still had a
 * page that should be forgotten, or had forgotten one that is as it was.
 */
$_SERVER += ['HTTP_HOST' => 'wordpress', 'REQUEST_METHOD' => 'GET'];
require '/var/www/html/wp-load.php';
foreach (['nav-menu', 'post', 'taxonomy', 'widgets', 'plugin'] as $part) require_once ABSPATH . "wp-admin/includes/$part.php";
require_once ABSPATH . WPINC . '/class-wp-customize-manager.php';
wp_set_current_user(get_users(['role' => 'administrator', 'number' => 1])[0]->ID);
// Of what happens at the end of a request, only what the page cache is told.
for ($priority = 0; $priority < 1000; $priority++) remove_all_actions('shutdown', $priority);

[$host, $port] = explode(':', getenv('PAGE_CACHE') ?: exit("this pod knows of no page cache\n"));
$replicas = gethostbynamel($host);

/** What each replica says of a page: HIT, MISS and so on. */
function told(string $path): array
{
    global $replicas, $port;
    return array_map(function (string $address) use ($path, $port) {
        $headers = get_headers("http://$address:$port$path", true, stream_context_create(['http' => ['follow_location' => 0]]));
        return $headers['X-Cache'] . ' ' . explode(' ', $headers[0])[1];
    }, $replicas);
}

$post = wp_insert_post(['post_title' => 'Tea pot', 'post_status' => 'publish']);
$other = wp_insert_post(['post_title' => 'Unchanged', 'post_status' => 'publish', 'post_type' => 'page']);
[$page, $elsewhere] = array_map(fn($id) => parse_url(get_permalink($id), PHP_URL_PATH), [$post, $other]);
$term = wp_insert_term(uniqid('Kitchen'), 'category')['term_id'];
$menu = wp_create_nav_menu(uniqid('Tests'));
[$structure, $sidebars] = array_map('get_option', ['permalink_structure', 'sidebars_widgets']);
global $wp_rewrite, $wpdb;

/** A change of what a customizer's preview has, published. */
$customize = function (string $setting, $value) {
    $manager = $GLOBALS['wp_customize'] = new WP_Customize_Manager(['changeset_uuid' => wp_generate_uuid4()]);
    do_action('customize_register', $manager);
    $saved = $manager->save_changeset_post(['status' => 'publish', 'data' => [$setting => ['value' => $value]]]);
    if (is_wp_error($saved)) throw new Exception($saved->get_error_message());
};
/** Stock as a shop keeps it: written past WordPress' functions, by whoever buys. */
$sell = function () use ($post, $wpdb) {
    wp_set_current_user(0);
    $wpdb->update($wpdb->postmeta, ['meta_value' => '2'], ['post_id' => $post, 'meta_key' => '_stock']);
    do_action('woocommerce_product_set_stock', get_post($post)->ID);
    wp_set_current_user(get_users(['role' => 'administrator', 'number' => 1])[0]->ID);
};

/** Each change, and whether it shows on every page; else on the post's own and where posts are listed. */
$changes = [
    'an item added to a menu' => [fn() => wp_update_nav_menu_item($menu, 0, ['menu-item-title' => 'Tea', 'menu-item-url' => '/tea', 'menu-item-status' => 'publish']), true],
    'a menu deleted' => [fn() => wp_delete_nav_menu($menu), true],
    'a widget' => [fn() => update_option('widget_text', ['_multiwidget' => 1, 2 => ['title' => 'Tea', 'text' => uniqid()]]), true],
    'the widgets of a sidebar' => [fn() => wp_set_sidebars_widgets(['wp_inactive_widgets' => ['text-2']] + wp_get_sidebars_widgets()), true],
    'the customizer' => [fn() => $customize('blogdescription', 'Tea'), true],
    'CSS of the customizer' => [fn() => wp_update_custom_css_post('body { --tea: ' . random_int(1, 999) . ' }'), true],
    'permalinks' => [fn() => array_map([$wp_rewrite, 'set_permalink_structure'], ['/tea/%postname%/', $structure]), true],
    'a term renamed' => [fn() => wp_update_term($term, 'category', ['name' => uniqid('Pantry')]), true],
    "a term's details" => [fn() => update_term_meta($term, 'colour', 'green'), true],
    'a post put under a term' => [fn() => wp_set_object_terms($post, [$term], 'category'), false],
    'a term deleted' => [fn() => wp_delete_term($term, 'category'), true],
    "a post's details" => [fn() => update_post_meta($post, 'colour', 'green'), false],
    'a price' => [fn() => update_post_meta($post, '_price', '9.95'), false],
    'stock' => [fn() => update_post_meta($post, '_stock', '3'), false],
    'a sale' => [$sell, false],
    'a draft' => [fn() => wp_insert_post(['post_title' => 'Not yet']), null],
];

$tagline = get_option('blogdescription');
do_action('shutdown');
$faults = [];
foreach ($changes as $name => [$change, $everywhere]) {
    foreach ([$page, $elsewhere] as $path) {
        told($path);
        $kept = told($path);
        if (array_filter($kept, fn($answer) => $answer !== 'HIT 200')) $faults[] = "before $name: $path: " . implode(', ', $kept);
    }
    $made = $change();
    if (is_wp_error($made)) $faults[] = "$name: " . $made->get_error_message();
    do_action('shutdown');
    foreach ([$page => $everywhere !== null, $elsewhere => $everywhere === true] as $path => $forgotten) {
        $kept = told($path);
        $wrong = array_filter($kept, fn($answer) => str_starts_with($answer, 'MISS') !== $forgotten);
        if ($wrong) $faults[] = "after $name: $path: " . implode(', ', $kept);
    }
}

update_option('blogdescription', $tagline);
delete_option('widget_text');
update_option('sidebars_widgets', $sidebars);
foreach (get_posts(['post_type' => ['post', 'page'], 'post_status' => 'any', 'numberposts' => 20]) as $made) {
    if (in_array($made->post_title, ['Tea pot', 'Unchanged', 'Not yet'], true)) wp_delete_post($made->ID, true);
}
wp_update_custom_css_post('');
do_action('shutdown');
echo "\n", json_encode(['replicas' => count($replicas), 'changes' => count($changes), 'faults' => $faults]);
