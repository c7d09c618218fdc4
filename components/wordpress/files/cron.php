<?php
// Runs WordPress' scheduled work as a request to the site would, and says by its exit code what became of it: 0 when all
// that was due has run, 75 when another run has the lock, 1 for everything else. WordPress ends with 0 whatever happened.

require '/etc/wordpress/site-request.php';

function scheduled_work_fault(): ?string
{
    global $wpdb, $doing_wp_cron;
    if (!did_action('wp_loaded')) return 'WordPress did not start';
    if (!$wpdb->check_connection(false)) return 'the database does not answer';
    // Taken by wp-cron.php before the first of what is due, and given back after the last.
    $lock = _get_cron_lock();
    if (isset($doing_wp_cron) && $lock === $doing_wp_cron) return 'an event ended the run, in ' . current_action();
    return $lock && (isset($doing_wp_cron) || wp_get_ready_cron_jobs()) ? 'another run has the lock' : null;
}

function end_with_what_became_of_it(): void
{
    $fault = function_exists('did_action') ? scheduled_work_fault() : 'there is no WordPress';
    if ($fault === null) return;
    fwrite(STDERR, "Scheduled work: $fault\n");
    exit($fault === 'another run has the lock' ? 75 : 1);
}

// After what WordPress itself does at the end, an event's page to forget in the page cache for one.
register_shutdown_function(fn() => register_shutdown_function('end_with_what_became_of_it'));

require '/var/www/html/wp-cron.php';
