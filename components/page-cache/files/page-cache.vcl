vcl 4.1;

# A page for everybody may be kept, a page for somebody never is. What stands between at signs is filled in by vcl.ts.

import std;

backend wordpress {
  .host = "@host@";
  .port = "@port@";
  .connect_timeout = 1s;
  .first_byte_timeout = @longestRequest@s;
  .between_bytes_timeout = @longestRequest@s;
}

sub vcl_recv {
  # A header of several lines is one header; a rule would look at the first line only.
  std.collect(req.http.Cookie, "; ");

  # Varnish adds the address of its client, so a request that came through Traefik has two and the kubelet's has one.
  if (req.url == "/-/cache-ready" && req.http.X-Forwarded-For !~ ",") {
    return (synth(200, "ready"));
  }
  if (req.method == "BAN") {
    call answer_ban;
  }

  # A part of a compressed file is not a compressed part of the file.
  if (req.http.Range) {
    unset req.http.Accept-Encoding;
  }
  call name_the_site;
  unset req.http.X-Cache-Attempt;
  unset req.http.X-Cache-Reason;
  call pass_what_is_personal;

  unset req.http.Cookie;
  call normalise_url;
  if (req.restarts == 0) {
    set req.http.X-Cache-Attempt = "first";
    set req.grace = @grace@s;
  } else {
    # WordPress has failed. Now an older page will do.
    set req.http.X-Cache-Attempt = "last";
    set req.grace = @staleIfError@s;
  }
  return (hash);
}

# Traefik lets one host through, so all else a client says about host and scheme could only mislead WordPress, or
# put a page into the cache that does so to others.
sub name_the_site {
  set req.http.Host = "@site@";
  set req.http.X-Forwarded-Host = "@site@";
  set req.http.X-Forwarded-Proto = "https";
  unset req.http.X-Forwarded-Port;
  unset req.http.X-Forwarded-Prefix;
  unset req.http.X-Forwarded-Scheme;
  unset req.http.X-Forwarded-Ssl;
  unset req.http.X-Original-URL;
  unset req.http.X-Rewrite-URL;
  unset req.http.Forwarded;
  unset req.http.Proxy;
}

sub pass_what_is_personal {
  if (req.method != "GET" && req.method != "HEAD") {
    set req.http.X-Cache-Reason = "method";
    return (pass);
  }
  if (req.http.Authorization || req.http.X-WP-Nonce || req.http.X-HTTP-Method-Override) {
    set req.http.X-Cache-Reason = "request header";
    return (pass);
  }
  if (req.http.Cookie ~ "(?:^|;\s*)(?:@cookies@)") {
    set req.http.X-Cache-Reason = "cookie";
    return (pass);
  }
  if (req.url ~ "(?i)^/+(?:index\.php/+)?(?:@paths@)(?:[/?.]|$)") {
    set req.http.X-Cache-Reason = "path";
    return (pass);
  }
  if (req.url ~ "(?i)[?&](?:@parameters@)(?:[=&\[]|$)") {
    set req.http.X-Cache-Reason = "parameter";
    return (pass);
  }
}

# One page has one address: without what only the visitor's own scripts read, and in one order.
sub normalise_url {
  set req.url = regsuball(req.url, "(?i)(?<=[?&])(?:@tracking@)(?:=[^&]*)?(?:&|$)", "");
  set req.url = regsub(req.url, "[?&]+$", "");
  set req.url = std.querysort(req.url);
}

# WordPress names the tags of what changed; no tags stand for everything.
sub answer_ban {
  # A missing header, an unreadable file and an empty one would all be equal.
  if (req.http.X-Cache-Token !~ "^.{32,}$" || req.http.X-Cache-Token != std.fileread("@tokenFile@")) {
    return (synth(403, "Forbidden"));
  }
  if (!req.http.X-Cache-Tags) {
    ban("obj.status != 0");
    return (synth(200, "Banned"));
  }
  if (req.http.X-Cache-Tags !~ "^[\w|-]+$") {
    return (synth(400, "Bad tags"));
  }
  ban("obj.http.X-Cache-Tags ~ ,(?:" + req.http.X-Cache-Tags + "),");
  return (synth(200, "Banned"));
}

sub vcl_hit {
  if (obj.ttl > 0s) {
    set req.http.X-Cache = "HIT";
  } else {
    set req.http.X-Cache = "STALE";
  }
}

sub vcl_miss {
  set req.http.X-Cache = "MISS";
}

sub vcl_pass {
  set req.http.X-Cache = "PASS";
}

sub vcl_backend_fetch {
  unset bereq.http.X-Cache;
  unset bereq.http.X-Cache-Reason;
  unset bereq.http.X-Cache-Tags;
  unset bereq.http.X-Cache-Token;
}

sub vcl_backend_response {
  # The header is the cache's own.
  unset beresp.http.X-Cache-Reason;
  call say_why_not_kept;
  if (bereq.uncacheable) {
    return (deliver);
  }
  if (beresp.status >= 500) {
    call try_again;
    set beresp.ttl = 0s;
    set beresp.grace = 0s;
    return (deliver);
  }
  if (beresp.status != 200 && beresp.status != 301 && beresp.status != 308) {
    call vcl_beresp_hitmiss;
  }
  if (beresp.http.X-Cache-Reason == "nonce") {
    call vcl_beresp_hitmiss;
  }
  # A page that does not name what it shows could not be forgotten when that changes: one of a pod from before the cache.
  # No mark is left either: it would hide an older page from those who read while WordPress fails.
  if (!beresp.http.X-Cache-Tags && beresp.http.Content-Type ~ "(?i)^(?:text/html|text/xml|application/[\w.+-]*(?:json|xml))") {
    set beresp.ttl = 0s;
    set beresp.grace = 0s;
    return (deliver);
  }
  if (beresp.http.Content-Type ~ "(?i)^(?:text/|image/svg|application/[\w.+-]*(?:json|xml|javascript))") {
    set beresp.do_gzip = true;
  }
  # A download, or what may be one: fetched anew for everybody, and in the ranges asked for.
  if (std.integer(beresp.http.Content-Length, 0) > @maxObjectBytes@ || (!beresp.http.Content-Length && !beresp.do_gzip)) {
    return (pass(1h));
  }
  # No lifetime of its own, or a longer one: the page is looked at again after this time, should a ban get lost.
  if (beresp.ttl > @ttl@s || (!beresp.http.Cache-Control && !beresp.http.Expires)) {
    set beresp.ttl = @ttl@s;
  }
  set beresp.grace = @staleIfError@s;
  # A form that outlives its nonce is refused: WordPress says how long the page may be kept, whatever fails.
  if (beresp.http.X-Cache-Seconds) {
    set beresp.ttl = std.duration(beresp.http.X-Cache-Seconds + "s", 0s);
    if (beresp.ttl > @noncePage@s) {
      set beresp.ttl = @noncePage@s;
    }
    set beresp.grace = 0s;
    if (beresp.ttl > @ttl@s) {
      set beresp.grace = beresp.ttl - @ttl@s;
      set beresp.ttl = @ttl@s;
    }
  }
  # The built-in rules follow: no cookie set, not private, nothing that varies with everything.
}

# For whoever wonders why a page is made anew for every visitor; the last reason found is the one that is named.
sub say_why_not_kept {
  if (beresp.http.Vary ~ "\*") {
    set beresp.http.X-Cache-Reason = "varies with everything";
  }
  if (!beresp.http.X-Cache-Tags && beresp.http.Content-Type ~ "(?i)^(?:text/html|text/xml|application/[\w.+-]*(?:json|xml))") {
    set beresp.http.X-Cache-Reason = "no tags";
  }
  if (std.integer(beresp.http.Content-Length, 0) > @maxObjectBytes@) {
    set beresp.http.X-Cache-Reason = "size";
  }
  if (beresp.http.Cache-Control ~ "(?i)no-cache|no-store|private") {
    set beresp.http.X-Cache-Reason = "cache-control";
  }
  if (beresp.http.Set-Cookie) {
    set beresp.http.X-Cache-Reason = "set-cookie";
  }
  if (beresp.http.X-Cache-Seconds && (@noncePage@s == 0s || beresp.http.X-Cache-Seconds == "0")) {
    set beresp.http.X-Cache-Reason = "nonce";
  }
  if (beresp.status != 200 && beresp.status != 301 && beresp.status != 308) {
    set beresp.http.X-Cache-Reason = "status";
  }
}

# Another pod may have the page; and if none has, the cache may have an older one. An answer that is delivered, even
# one that is not kept, would take that one's place.
sub try_again {
  if (bereq.is_bgfetch || bereq.http.X-Cache-Attempt == "first") {
    return (abandon);
  }
}

# The Service leads every connection to another pod, and one may be on a node that is gone: then nothing was sent. A body
# Varnish itself never sends twice. Without one it would, so only reading is repeated, and not what a pod has worked on.
sub ask_another_pod {
  if (bereq.retries < @mostRetries@ && now - bereq.time < 10s &&
    (bereq.method == "GET" || bereq.method == "HEAD" || std.integer(bereq.http.Content-Length, 0) > 0)) {
    return (retry);
  }
}

sub vcl_backend_error {
  call try_again;
  call ask_another_pod;
  set beresp.http.Content-Type = "text/html; charset=utf-8";
  set beresp.http.Retry-After = "5";
  set beresp.body = "<!DOCTYPE html><title>Unavailable</title><p>This site is unavailable for a moment. Please try again.";
  return (deliver);
}

sub vcl_deliver {
  set resp.http.X-Cache = req.http.X-Cache;
  if (req.http.X-Cache-Reason) {
    set resp.http.X-Cache-Reason = req.http.X-Cache-Reason;
  }
  unset resp.http.X-Cache-Tags;
  unset resp.http.X-Cache-Seconds;
  unset resp.http.X-Varnish;
  unset resp.http.Via;
  return (deliver);
}

sub vcl_synth {
  # What became of an abandoned fetch.
  if (resp.status == 503 && req.http.X-Cache-Attempt == "first") {
    return (restart);
  }
  set resp.http.Content-Type = "text/plain; charset=utf-8";
  set resp.body = resp.reason + {"
"};
  return (deliver);
}
