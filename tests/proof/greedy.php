<?php
// A page that needs nearly all the memory one request may have, for the given seconds.
$held = str_repeat('x', 120 << 20);
sleep((int) $_GET['seconds']);
echo strlen($held), "\n";
