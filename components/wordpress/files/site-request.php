<?php
// For what runs without a visitor: as if the site's front page had been asked for, by its own scheme and host.
$_SERVER['HTTPS'] = 'on';
$_SERVER['HTTP_HOST'] = preg_replace('#^https://#', '', getenv('WORDPRESS_SITE_URL'));
$_SERVER['SERVER_NAME'] = preg_replace('#:\d+$#', '', $_SERVER['HTTP_HOST']);
$_SERVER['SERVER_PORT'] = parse_url(getenv('WORDPRESS_SITE_URL'), PHP_URL_PORT) ?: 443;
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
