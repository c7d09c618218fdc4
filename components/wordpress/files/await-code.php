<?php
// Before every script where pods share the code: requests wait while the Job exchanges it, so that no page is made of
// two versions.
(static function (): void {
    // What the kubelet exchanges lies in folders whose names begin with two dots.
    foreach (function_exists('realpath_cache_get') ? realpath_cache_get() : [] as $path => ['realpath' => $place])
        if (str_contains($place, '/..')) clearstatcache(true, $path);
    $time = static fn(string $file): int => is_file($file) ? filemtime($file) : 0;
    // The exchange is under way until this file's time, fifteen seconds at most, also where the Job was killed; what lies
    // further ahead is a clock that is wrong.
    $exchanged = '/var/www/html/.code-exchanged';
    while (($ahead = $time($exchanged) - time()) > 0 && $ahead < 60) {
        usleep(50_000);
        clearstatcache();
    }
    // This pod's OPcache would go on with the files it has looked at lately.
    $known = '/tmp/.code-exchanged';
    if ($time($known) === $time($exchanged)) return;
    $cached = function_exists('opcache_get_status') ? opcache_get_status() : false;
    foreach (array_keys($cached['scripts'] ?? []) as $file) opcache_invalidate($file, true);
    touch($known, $time($exchanged));
})();
