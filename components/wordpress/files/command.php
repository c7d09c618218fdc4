<?php
// Common to the commands of the Job: what WordPress reads of a request, and how they end. Exit code 78 stands for what
// no retry would mend.

$url = getenv('WORDPRESS_SITE_URL');
require '/etc/wordpress/site-request.php';
// The Job is let to what it downloads, wherever the site's other pods may go.
define('WP_HTTP_BLOCK_EXTERNAL', false);

/** The sentence is the last the Job says, which is what the engine shows. */
function give_up(string $sentence, int $code = 78): never
{
    fwrite(STDERR, "$sentence\n");
    exit($code);
}
