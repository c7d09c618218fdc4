<?php
// Times files, and prints as JSON how many and how many seconds: `copy FOLDER` copies WordPress' own code there,
// `read FOLDER` reads every file below it, without a folder those of the code where it is, and `make` makes a thousand
// of 4 KiB beside the code. `drop FOLDER` takes a folder away.
ini_set('display_errors', 'stderr');
$code = ['/var/www/html/wp-admin', '/var/www/html/wp-includes'];
[, $command, $folder] = $argv + [2 => ''];

/** Every file below a folder. */
function below(string $folder): array
{
    $all = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($folder, FilesystemIterator::SKIP_DOTS));
    return array_map(strval(...), iterator_to_array($all, false));
}

function drop(string $folder): void
{
    if (is_dir($folder)) exec('rm -rf ' . escapeshellarg($folder));
}

$begun = microtime(true);
$files = 0;
if ($command === 'copy') {
    drop($folder);
    foreach (array_merge(...array_map(below(...), $code)) as $file) {
        $to = $folder . $file;
        is_dir(dirname($to)) || mkdir(dirname($to), 0777, true);
        $files += (int) copy($file, $to);
    }
} elseif ($command === 'read') {
    foreach (array_map(below(...), $folder === '' ? $code : [$folder]) as $list)
        foreach ($list as $file) $files += (int) is_string(file_get_contents($file));
} elseif ($command === 'make') {
    $folder = '/var/www/html/wp-content/proof-small';
    drop($folder);
    mkdir($folder);
    $begun = microtime(true);
    while ($files < 1000) file_put_contents("$folder/" . $files++, str_repeat('x', 4096));
}
$seconds = microtime(true) - $begun;
if ($command === 'drop' || $command === 'make') drop($folder);
echo "\n", json_encode(['files' => $files, 'seconds' => $seconds]);
