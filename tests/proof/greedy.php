<?php
// A page that needs nearly all the memory WordPress lets a request of the administration have, for the given seconds.
ini_set('memory_limit', '256M');
$held = str_repeat('x', 240 << 20);
sleep((int) $_GET['seconds']);
echo strlen($held), "\n";
