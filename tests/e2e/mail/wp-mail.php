<?php
// WordPress' own wp_mail() with the deployment's plugin, and none of what takes a database. Writes what became of a mail.
define('ABSPATH', '/usr/src/wordpress/');
define('WPINC', 'wp-includes');
$parts = ['compat', 'load', 'plugin', 'class-wp-error', 'functions', 'formatting', 'kses', 'pomo/translations', 'l10n', 'general-template', 'link-template', 'http', 'pluggable'];
foreach ($parts as $part) require_once ABSPATH . WPINC . "/$part.php";
foreach (['home' => 'https://blog.example.com', 'blogname' => 'A Site &amp; Co', 'blog_charset' => 'UTF-8'] as $option => $value) {
    add_filter("pre_option_$option", fn() => $value);
}
require '/etc/wordpress/outgoing-mail.php';

echo json_encode(['sent' => wp_mail('reader@example.com', 'A subject', 'the secret text', $argv[1] ?? '')]);
