<?php
// Writes a small numbered file into the uploads each 100 ms for argv[1] seconds, or until the stop file is there, and
// prints its number and the time once it is on the disks.
// With argv[1] = check, prints the numbers of the files that are whole; with drop, takes them away.
ini_set('display_errors', 'stderr');
$folder = '/var/www/html/wp-content/uploads/proof-files';
$text = fn(int $id): string => str_repeat("$id\n", 500);

if ($argv[1] === 'drop') {
    array_map(unlink(...), glob("$folder/*"));
    @rmdir($folder);
    exit;
}
if ($argv[1] === 'check') {
    foreach (glob("$folder/*") as $file) {
        $id = (int) basename($file);
        if (file_get_contents($file) === $text($id)) echo $id, "\n";
    }
    exit;
}
$stop = '/tmp/proof-stop';
@unlink($stop);
is_dir($folder) || mkdir($folder);
// A number is used once: whether a file whose writing failed is there is unknown, and nobody was promised it.
for ($id = 1, $end = microtime(true) + (float) $argv[1]; microtime(true) < $end && !file_exists($stop); $id++) {
    $file = @fopen("$folder/$id", 'x');
    if ($file && fwrite($file, $text($id)) && fsync($file) && fclose($file)) echo $id, ' ', microtime(true), "\n";
    usleep(100000);
}
