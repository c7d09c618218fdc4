<?php
/*
 * Plugin Name: Page cache
 * Description: Names on each page what it shows, and tells the cache in front of the site what has changed. do_action('page_cache_forget_everything') empties it. Placed here by the deployment.
 */

final class Page_Cache_Tier
{
    /** More than this at once, and it is quicker to forget everything. */
    private const MOST_TAGS = 50;

    /** Kinds of content that are on no page of their own and may be on all. */
    private const STRUCTURE = ['wp_template', 'wp_template_part', 'wp_global_styles', 'wp_navigation', 'wp_block', 'nav_menu_item', 'custom_css'];

    /** Options that show on pages. What is saved on a settings page counts as such, too. */
    private const SHOWN_OPTIONS = '/^(blog(name|description|_public)|show_on_front|page_(on_front|for_posts)|posts_per_page|sticky_posts|site_(icon|logo)|sidebars_widgets|widget_.+|theme_mods_.+|(date|time)_format|timezone_string|gmt_offset|WPLANG|permalink_structure|(category|tag)_base)$/';

    /** What the page under way shows. */
    private array $shown = [];
    /** What nonces were made for, and how long they live, in seconds; not all end up on the page. */
    private array $nonceLives = [];
    /** What this request has changed. */
    private array $changed = [];
    private bool $everythingChanged = false;

    /** @param string $cache host that resolves to every replica of the cache, and port */
    public function __construct(private string $cache, private string $tokenFile)
    {
        $this->tagPages();
        $this->watchContent();
        $this->watchStructure();
        add_action('shutdown', [$this, 'tellCache'], 1000);
    }

    private function tagPages(): void
    {
        // Also of queries that suppress all other filters, as those of blocks and widgets do.
        add_action('pre_get_posts', function (WP_Query $query) {
            if ($query->is_singular()) return;
            $types = $query->get('post_type') ?: ($query->is_archive() || $query->is_search() ? 'any' : 'post');
            foreach ((array) $types as $type) {
                if ($type === 'any' || is_post_type_viewable($type)) $this->shown["list-$type"] = true;
            }
        });
        add_action('pre_get_comments', function (WP_Comment_Query $query) {
            if (empty($query->query_vars['post_id'])) $this->shown['comments'] = true;
        });
        add_filter('nonce_life', function ($seconds, $action = -1) {
            $this->nonceLives[$action] = $seconds;
            return $seconds;
        }, PHP_INT_MAX, 2);
        // What is shown is known at the end, and a header has to come first: the page waits in a buffer.
        add_action('template_redirect', function () {
            ob_start(function (string $page): string {
                if (is_singular()) $this->shown['post-' . get_queried_object_id()] = true;
                if (is_comment_feed()) $this->shown['comments'] = true;
                $this->sendHeaders($this->shortestNonceLife($page));
                return $page;
            });
        }, 0);
        add_filter('rest_pre_serve_request', function ($served) {
            $this->shown = ['rest' => true];
            $this->sendHeaders(null);
            return $served;
        });
    }

    /** Of the nonces on the page, in seconds; null when there is none. For all visitors who are nobody they are the same. */
    private function shortestNonceLife(string $page): ?int
    {
        $shown = array_filter($this->nonceLives, fn($action) => str_contains($page, wp_create_nonce($action)), ARRAY_FILTER_USE_KEY);
        return $shown ? (int) min($shown) : null;
    }

    private function sendHeaders(?int $nonceLife): void
    {
        if (headers_sent()) return;
        header('X-Cache-Tags: ,' . implode(',', array_keys($this->shown)) . ',');
        // A new nonce may have but half its life before it; half of that is left to whoever fills in the form.
        if ($nonceLife !== null) header('X-Cache-Seconds: ' . intdiv($nonceLife, 4));
        if (defined('DONOTCACHEPAGE') && DONOTCACHEPAGE) header('Cache-Control: private, no-store');
    }

    private function watchContent(): void
    {
        add_action('transition_post_status', function (string $new, string $old, WP_Post $post) {
            if ($this->isPublic($new) || $this->isPublic($old)) $this->postChanged($post);
        }, 10, 3);
        foreach (['before_delete_post', 'delete_attachment', 'edit_attachment'] as $event) {
            add_action($event, function (int $id) {
                $post = get_post($id);
                if ($post && $this->isPublic($post->post_status)) $this->postChanged($post);
            });
        }
        foreach (['added_post_meta', 'updated_post_meta', 'deleted_post_meta'] as $event) {
            add_action($event, fn($ids, int $id, string $key) => $this->detailChanged($id, $key), 10, 3);
        }
        add_action('set_object_terms', function (int $id, array $terms, array $now, string $taxonomy, bool $append, array $before) {
            if ($now != $before) $this->detailChanged($id);
        }, 10, 6);
        // WooCommerce writes stock past the functions for posts' details, and as whoever buys.
        foreach (['product', 'variation'] as $kind) {
            foreach (["woocommerce_{$kind}_set_stock", "woocommerce_{$kind}_set_stock_status"] as $event) {
                add_action($event, fn($product) => $this->productChanged($product));
            }
        }
        foreach (['woocommerce_update_product', 'woocommerce_update_product_variation'] as $event) {
            add_action($event, fn($id) => $this->productChanged($id));
        }
        foreach (['wp_update_comment_count', 'edit_comment'] as $event) {
            add_action($event, function (int $id) use ($event) {
                $post = $event === 'edit_comment' ? get_comment($id)->comment_post_ID : $id;
                $this->forget("post-$post", 'comments', 'rest');
            });
        }
    }

    /** Details that visits change, counters for one, are no reason to forget a page: only those changed by who may edit it. */
    private function detailChanged(int $id, string $key = ''): void
    {
        if (in_array($key, ['_edit_lock', '_edit_last', '_wp_old_slug', '_pingme', '_encloseme'], true)) return;
        $post = get_post($id);
        if (!$post || !$this->isPublic($post->post_status)) return;
        if (wp_doing_cron() || PHP_SAPI === 'cli' || current_user_can('edit_post', $id)) $this->postChanged($post);
    }

    /** @param mixed $product an id or a WC_Product; pages show a variation as part of its parent */
    private function productChanged($product): void
    {
        $post = get_post(is_object($product) ? $product->get_id() : (int) $product);
        if ($post && $post->post_parent) $this->productChanged($post->post_parent);
        if ($post && $this->isPublic($post->post_status)) $this->postChanged($post);
    }

    private function isPublic(string $status): bool
    {
        // An attachment has the status of what it is attached to.
        return $status === 'inherit' || is_post_status_viewable($status);
    }

    private function postChanged(WP_Post $post): void
    {
        if (in_array($post->post_type, self::STRUCTURE, true)) $this->forgetEverything();
        elseif (is_post_type_viewable($post->post_type)) {
            $this->forget("post-$post->ID", "list-$post->post_type", 'list-any', 'rest');
        }
    }

    private function watchStructure(): void
    {
        $events = [
            'page_cache_forget_everything', 'switch_theme', 'customize_save_after', 'wp_update_nav_menu', 'wp_delete_nav_menu',
            'created_term', 'edited_term', 'delete_term', 'permalink_structure_changed',
            'profile_update', 'deleted_user', 'activated_plugin', 'deactivated_plugin', 'upgrader_process_complete',
        ];
        foreach ($events as $event) add_action($event, [$this, 'forgetEverything']);
        // A shop counts what its categories hold with every sale.
        foreach (['added_term_meta', 'updated_term_meta', 'deleted_term_meta'] as $event) {
            add_action($event, fn() => current_user_can('manage_categories') ? $this->forgetEverything() : null);
        }
        foreach (['added_option', 'updated_option', 'deleted_option'] as $event) {
            add_action($event, function (string $name) {
                $onSettingsPage = ($GLOBALS['pagenow'] ?? '') === 'options.php';
                if (preg_match(self::SHOWN_OPTIONS, $name) || ($onSettingsPage && !str_contains($name, '_transient_'))) {
                    $this->forgetEverything();
                }
            });
        }
    }

    public function forgetEverything(): void
    {
        $this->everythingChanged = true;
    }

    private function forget(string ...$tags): void
    {
        foreach ($tags as $tag) $this->changed[$tag] = true;
    }

    /** One request to each replica, all at the same time, when everything is saved. */
    public function tellCache(): void
    {
        if (!$this->everythingChanged && !$this->changed) return;
        [$host, $port] = explode(':', $this->cache);
        $addresses = gethostbynamel($host) ?: [];
        if (!$addresses) error_log("page cache: $host does not resolve, so pages change for visitors when their time is up");
        $headers = ['X-Cache-Token' => trim((string) file_get_contents($this->tokenFile))];
        if (!$this->everythingChanged && count($this->changed) <= self::MOST_TAGS) {
            $headers['X-Cache-Tags'] = implode('|', array_keys($this->changed));
        }
        $requests = [];
        foreach ($addresses as $address) {
            $requests[$address] = ['url' => "http://$address:$port/", 'type' => 'BAN', 'headers' => $headers];
        }
        $answers = $requests ? WpOrg\Requests\Requests::request_multiple($requests, ['timeout' => 1, 'connect_timeout' => 1]) : [];
        foreach ($answers as $address => $answer) {
            $fault = $answer instanceof WpOrg\Requests\Response ? ($answer->success ? null : $answer->status_code) : $answer->getMessage();
            if ($fault !== null) error_log("page cache: $address did not forget what changed: $fault");
        }
        $this->changed = [];
        $this->everythingChanged = false;
    }
}

// Not set in pods that have no cache in front of them, though the plugin may be on a volume they share with others.
if (getenv('PAGE_CACHE')) new Page_Cache_Tier(getenv('PAGE_CACHE'), getenv('PAGE_CACHE_TOKEN_FILE'));
