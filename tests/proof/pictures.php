<?php
// Puts a picture of 24 megapixels into the media library as an upload does, and says how many sizes WordPress has made of
// it and how much memory that took at most. Phones hold pictures taken upright lying down, with a note to turn them,
// which takes the picture's memory twice. With a number as its argument it makes so many of the sizes.
require '/var/www/html/wp-load.php';
foreach (['file', 'image', 'media'] as $part) {
    require_once ABSPATH . "wp-admin/includes/$part.php";
}

$file = tempnam(sys_get_temp_dir(), 'picture');
$picture = imagecreatetruecolor(6000, 4000);
for ($line = 0; $line < 4000; $line += 10) {
    imagefilledrectangle($picture, 0, $line, 6000, $line + 5, $line * 4000);
}
imagejpeg($picture, $file, 90);
unset($picture);

// EXIF, big-endian: one entry, the orientation (0x112), whose value 6 says "turn by 90 degrees".
$exif = "Exif\0\0MM\0*" . pack('NnnnNnnN', 8, 1, 0x112, 3, 1, 6, 0, 0);
$jpeg = file_get_contents($file);
$exif = "\xff\xe1" . pack('n', strlen($exif) + 2) . $exif;
file_put_contents($file, substr($jpeg, 0, 2) . $exif . substr($jpeg, 2));
unset($jpeg);

if (isset($argv[1])) {
    add_filter('intermediate_image_sizes_advanced', fn($sizes) => array_slice($sizes, 0, (int) $argv[1]));
}
wp_set_current_user(1);
$id = media_handle_sideload(['name' => 'picture.jpg', 'tmp_name' => $file], 0);
if (is_wp_error($id)) {
    exit($id->get_error_message());
}
preg_match('/VmHWM:\s+(\d+)/', file_get_contents('/proc/self/status'), $peak);
printf("%d sizes, %d MiB\n", count(wp_get_attachment_metadata($id)['sizes']), $peak[1] / 1024);
wp_delete_attachment($id, true);
