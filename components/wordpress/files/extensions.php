<?php
// Brings the declared plugins and themes onto the volume. Where one of them fails, those that were there are as before, and
// the files of new ones stay, inactive. Part of install.php, where WordPress runs without plugins: one that is broken keeps
// nobody from replacing it. activate.php does the rest.

require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';

/** The name of its main file, and its version; null where there is no plugin or theme in the folder. */
function extension_in(string $kind, string $folder): ?array
{
    [$files, $name] = $kind === 'themes' ? ["$folder/style.css", 'Theme Name'] : ["$folder/*.php", 'Plugin Name'];
    foreach (glob($files) as $file) {
        $header = get_file_data($file, ['name' => $name, 'version' => 'Version']);
        if ($header['name'] !== '') return ['file' => basename($file), 'version' => $header['version']];
    }
    return null;
}

function extension_folder(string $kind): string
{
    return $kind === 'themes' ? get_theme_root() : WP_PLUGIN_DIR;
}

/** The place of the zip file, once it is the declared one. */
function downloaded_extension(string $named, array $extension): string
{
    ['url' => $url, 'sha256' => $declared] = $extension;
    $zip = wp_tempnam($extension['slug']);
    // Not WordPress' own download_url(), which takes nothing from a private network.
    $answer = wp_remote_get($url, ['timeout' => 300, 'stream' => true, 'filename' => $zip]);
    if (is_wp_error($answer)) give_up("$named cannot be had from $url: " . $answer->get_error_message(), 1);
    $status = wp_remote_retrieve_response_code($answer);
    if ($status !== 200) give_up("$named cannot be had from $url: the answer is $status.", 1);
    $sum = hash_file('sha256', $zip);
    if ($sum !== $declared) give_up("$named from $url has the SHA-256 $sum and not the declared $declared: nothing was changed.");
    return $zip;
}

/** Puts it in the place of the one that is there, by WordPress' own renames. Says why it cannot be, else nothing. */
function install_extension(WP_Upgrader $upgrader, string $kind, array $extension, string $zip, ?array $backup): ?string
{
    ['slug' => $slug, 'version' => $version] = $extension;
    $exchanged = ABSPATH . '.code-exchanged';
    $check = function ($source) use ($kind, $slug, $version, $backup, $exchanged) {
        $found = extension_in($kind, $source)['version'] ?? 'none';
        if (basename($source) !== $slug) return new WP_Error('folder', 'the folder in it is ' . basename($source) . '.');
        if ($found !== $version) return new WP_Error('version', "the version in it is $found.");
        // Requests wait from here on (await-code.php), and those under way have six seconds to end.
        if ($backup) touch($exchanged, time() + 15);
        if ($backup) sleep(6);
        return $source;
    };
    add_filter('upgrader_source_selection', $check);
    $installed = $upgrader->run([
        'package' => $zip,
        'destination' => extension_folder($kind),
        'clear_destination' => true,
        'hook_extra' => ['temp_backup' => $backup],
    ]);
    if ($backup) touch($exchanged);
    remove_filter('upgrader_source_selection', $check);
    unlink($zip);
    if (is_wp_error($installed)) return $installed->get_error_message() . ' ' . $installed->get_error_data();
    return $installed ? null : 'the folder cannot be written to.';
}

$declared = json_decode(getenv('WORDPRESS_EXTENSIONS'), true);
// What this has installed: its checksum by its slug, empty where it came with the image.
$placed = get_option('deployment_extensions', ['plugins' => [], 'themes' => []]);
$zips = [];
foreach ($declared as $kind => $extensions) {
    foreach ($extensions as $extension) {
        $slug = $extension['slug'];
        $there = extension_in($kind, extension_folder($kind) . "/$slug");
        if (getenv('WORDPRESS_CONTENT') === 'image') {
            if (!$there) give_up("wordpress.$kind: $slug is not in the image, where it has to be with wordpress.content: image.");
        } elseif (($there['version'] ?? '') !== $extension['version'] || ($placed[$kind][$slug] ?? '') !== $extension['sha256']) {
            $zips[] = [$kind, $extension, downloaded_extension("wordpress.$kind: $slug {$extension['version']}", $extension)];
        }
    }
}

add_filter('filesystem_method', fn() => 'direct');
// They would ask wordpress.org about updates.
remove_all_actions('upgrader_process_complete');
$upgrader = new WP_Upgrader(new Automatic_Upgrader_Skin());
$upgrader->init();
$backups = [];
$restore = function () use ($upgrader, &$backups) {
    $upgrader->restore_temp_backup($backups);
    foreach ($backups as ['slug' => $slug]) echo "$slug is as it was before\n";
};
foreach ($zips as [$kind, $extension, $zip]) {
    ['slug' => $slug, 'version' => $version] = $extension;
    $before = extension_in($kind, extension_folder($kind) . "/$slug")['version'] ?? 'none';
    $is_there = is_dir(extension_folder($kind) . "/$slug");
    $backup = $is_there ? ['slug' => $slug, 'src' => extension_folder($kind), 'dir' => $kind] : null;
    $fault = install_extension($upgrader, $kind, $extension, $zip, $backup);
    if ($fault !== null) {
        $restore();
        give_up("wordpress.$kind: $slug $version from {$extension['url']} cannot be installed: $fault");
    }
    if ($backup) $backups[] = $backup;
    echo "Installed $slug $version; there was $before\n";
}

// Nothing declared, and nothing that was: no second WordPress has to start.
if (array_filter($declared) || array_filter($placed)) {
    $active = fn() => $wpdb->get_results(
        "SELECT option_name, option_value FROM $wpdb->options WHERE option_name IN ('active_plugins', 'stylesheet', 'template')",
        ARRAY_A
    );
    $command = escapeshellarg(PHP_BINARY) . ' /etc/wordpress/activate.php';
    $before = $active();
    passthru($command, $code);
    // Again with what it has activated: that may end WordPress only when it is loaded from the start.
    if ($code === 0 && $active() !== $before) passthru($command, $code);
    if ($code !== 0) {
        $restore();
        foreach ($before as $option) $wpdb->update($wpdb->options, $option, ['option_name' => $option['option_name']]);
        exit($code);
    }
    $sums = fn(array $extensions) => array_map('strval', array_column($extensions, 'sha256', 'slug'));
    update_option('deployment_extensions', array_map($sums, $declared), false);
}
