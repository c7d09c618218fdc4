<?php
// Moves the site's contents from an old address to its own: in every text of every table, serialised data kept whole.
// GUIDs stay: feed readers know posts by them. Called by hand, it counts and changes nothing:
//   php /etc/wordpress/move.php https://old.example.com https://new.example.com

require_once '/etc/wordpress/addresses.php';

/** The columns of texts, and those that name a row, by table. */
function text_columns(mysqli $db): array
{
    global $wpdb;
    $tables = [];
    foreach ($wpdb->get_col($wpdb->prepare('SHOW TABLES LIKE %s', $wpdb->esc_like($wpdb->prefix) . '%')) as $table) {
        $columns = $db->query("SHOW COLUMNS FROM `$table`")->fetch_all(MYSQLI_ASSOC);
        $of = fn(callable $which) => array_column(array_filter($columns, $which), 'Field');
        $texts = $of(fn($column) => preg_match('/char|text/', $column['Type']));
        $keys = $of(fn($column) => $column['Key'] === 'PRI');
        $tables[$table] = [array_diff($texts, $table === $wpdb->posts ? ['guid'] : []), $keys];
    }
    return $tables;
}

/** Changes one column, a row at a time; how many rows it changed, or would. */
function move_column(mysqli $db, string $table, string $column, array $keys, string $host, Addresses $addresses, bool $apply): int
{
    // A table without a key has its rows found by the text itself.
    $bytes = "CAST(`$column` AS BINARY)";
    $list = implode(', ', array_map(fn($key) => "`$key`", $keys)) ?: "DISTINCT $bytes";
    $where = implode(' AND ', array_map(fn($key) => "`$key` = ?", $keys)) ?: "$bytes = ?";
    $like = '%' . addcslashes($host, '%_\\') . '%';
    // Somebody may be writing.
    $lock = $apply ? 'FOR UPDATE' : '';
    $count = 0;
    foreach ($db->execute_query("SELECT $list FROM `$table` WHERE `$column` LIKE ?", [$like])->fetch_all() as $row) {
        $text = $db->execute_query("SELECT `$column` FROM `$table` WHERE $where LIMIT 1 $lock", $row)->fetch_column();
        $changed = $addresses->replaced($text);
        if ($changed === $text) continue;
        if ($apply) $db->execute_query("UPDATE `$table` SET `$column` = ? WHERE $where", [$changed, ...$row]);
        $count++;
    }
    return $count;
}

/** All in one transaction, `$last` at its end. Says what it changed, or would. */
function move_contents(string $from, string $to, bool $apply, callable $last): void
{
    global $wpdb;
    $db = $wpdb->__get('dbh');
    $addresses = new Addresses($from, $to);
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    // A text that no longer fits its column is an error, not cut off.
    $db->query("SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')");
    $db->begin_transaction();
    $sum = 0;
    foreach (text_columns($db) as $table => [$columns, $keys]) {
        foreach ($columns as $column) {
            try {
                $count = move_column($db, $table, $column, $keys, parse_url($from, PHP_URL_HOST), $addresses, $apply);
            } catch (mysqli_sql_exception $fault) {
                $db->rollback();
                give_up("site.movedFrom: nothing was changed, for $table.$column cannot be: " . $fault->getMessage());
            }
            if ($count > 0) echo "$table.$column: $count\n";
            $sum += $count;
        }
    }
    mysqli_report(MYSQLI_REPORT_OFF);
    wp_cache_flush();
    $last();
    $db->commit();
    echo ($apply ? 'Changed' : 'Would change') . " $sum texts from $from to $to";
    echo $addresses->left ? "; {$addresses->left} serialised values in a form of their own stay as they are\n" : "\n";
}

/** What site.movedFrom asks for, once; and says where the contents are from when that is another address. */
function move_once(string $from, string $to): void
{
    global $wpdb;
    // Not in words: the next move would find the old address in them.
    $move = sha1("$from $to");
    if ($from !== '' && get_option('deployment_moved') !== $move) {
        move_contents($from, $to, true, fn() => update_option('deployment_moved', $move, false));
    }
    $home = $wpdb->get_var("SELECT option_value FROM $wpdb->options WHERE option_name = 'home'");
    if ($home !== $to) echo "The contents are those of $home: site.movedFrom: $home would move them to $to\n";
}

if (realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__) {
    if ($argc !== 3) exit("php /etc/wordpress/move.php OLD-ADDRESS NEW-ADDRESS: counts the texts that site.movedFrom would change\n");
    define('WP_INSTALLING', true);
    require '/etc/wordpress/command.php';
    require '/var/www/html/wp-load.php';
    move_contents(rtrim($argv[1], '/'), rtrim($argv[2], '/'), false, fn() => null);
}
