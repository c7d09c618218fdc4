<?php
// As WordPress' administrator, through WordPress' REST API: `upload NAME MEBIBYTES` uploads a zip of random bytes and
// prints what came of it as JSON; `delete ID…` deletes media again.
$_SERVER += ['HTTPS' => 'on', 'HTTP_HOST' => 'localhost', 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
require '/var/www/html/wp-load.php';
wp_set_current_user(get_users(['role' => 'administrator', 'number' => 1, 'fields' => 'ID'])[0]);

if ($argv[1] === 'delete') {
    foreach (array_slice($argv, 2) as $id) {
        $request = new WP_REST_Request('DELETE', "/wp/v2/media/$id");
        $request->set_param('force', true);
        rest_do_request($request);
    }
    exit;
}
// A zip archive's beginning before the random bytes, since some of those begin as a type that WordPress refuses.
$data = "PK\x03\x04\x14" . str_repeat("\0", 21) . "\x01\0\0\0a" . random_bytes($argv[3] << 20);
$request = new WP_REST_Request('POST', '/wp/v2/media');
$request->set_header('Content-Type', 'application/zip');
$request->set_header('Content-Disposition', "attachment; filename=\"$argv[2].zip\"");
$request->set_body($data);
$response = rest_do_request($request);
$answer = $response->get_data();
echo "\n", json_encode([
    'status' => $response->get_status(),
    'message' => $answer['message'] ?? '',
    'id' => $answer['id'] ?? null,
    'file' => isset($answer['id']) ? get_attached_file($answer['id']) : null,
    'sum' => hash('sha256', $data),
]);
