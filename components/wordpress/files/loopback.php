<?php
/*
 * Plugin Name: Loopback
 * Description: What the site asks of itself goes to its own Service and does not leave the namespace. Placed here by the deployment.
 */

// Before every request WordPress sends, and again for each redirect it follows.
add_action('requests-requests.before_request', function (&$url, &$headers, $data, $method) {
    $service = getenv('WORDPRESS_SERVICE');
    $site = parse_url(home_url());
    $host = $site['host'] . (isset($site['port']) ? ":{$site['port']}" : '');
    $own = [$host, $site['host'], "{$site['host']}:443"];
    if (!$service || !preg_match('#^https?://([^/?\#]+)(.*)$#is', (string) $url, $asked)) return;
    if (in_array(strtolower($asked[1]), $own, true)) {
        // As Traefik says it. No X-Forwarded-Host: what has none comes from within.
        $headers = ['Host' => $host, 'X-Forwarded-Proto' => 'https'] + (array) $headers;
        // What a visitor would get is asked for where a visitor's request goes.
        $visit = $method === 'GET' && empty($headers['Cookie']) && !preg_match('#^/+wp-[^/]+\.php#', $asked[2]);
        $url = 'http://' . ($visit && getenv('PAGE_CACHE') ? getenv('PAGE_CACHE') : $service) . $asked[2];
    } elseif ($asked[1] !== $service && $asked[1] !== getenv('PAGE_CACHE') && ($headers['Host'] ?? '') === $host) {
        // The site has sent it elsewhere.
        unset($headers['Host'], $headers['X-Forwarded-Proto']);
    }
}, 10, 4);
