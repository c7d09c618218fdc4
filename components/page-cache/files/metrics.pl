#!/usr/bin/perl
# Shows varnishstat's counters to Prometheus at /metrics, with what the Varnish image has: varnishstat and Debian's
# perl-base. Usage: metrics.pl PORT WORKDIR
use strict;
use warnings;
use IO::Socket::INET;

# As process 1 of its container, a program is stopped by no signal it does not handle.
$SIG{TERM} = $SIG{INT} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';

my $server = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 16, ReuseAddr => 1)
  or die "cannot listen on port $ARGV[0]: $!\n";
while (my $client = $server->accept) {
  # One slow client must not keep the others waiting.
  eval {
    local $SIG{ALRM} = sub { die "timeout\n" };
    alarm 5;
    answer($client);
  };
  alarm 0;
  close $client;
}

sub answer {
  my ($client) = @_;
  my $request = <$client> // '';
  while (defined(my $header = <$client>)) { last if $header =~ /^\r?\n$/ }
  my $metrics = $request =~ m{^GET /metrics } ? metrics() : undef;
  my $status = $request !~ m{^GET /metrics } ? '404 Not Found' : $metrics ? '200 OK' : '503 Service Unavailable';
  print $client "HTTP/1.1 $status\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n\r\n", $metrics // '';
}

# `SMA.default.g_bytes 123 . Bytes outstanding` becomes `varnish_sma_g_bytes{name="default"} 123`.
sub metrics {
  my (%kind, %help, %samples);
  open my $stat, '-|', qw(varnishstat -1 -t 2 -n), $ARGV[1], map { (-I => "$_.*") } qw(MAIN MGT SMA VBE) or return undef;
  while (<$stat>) {
    my ($path, $value, $rate, $description) = /^(\S+)\s+(\d+)\s+(\S+)\s+(.*)$/ or next;
    my ($section, $name, $field) = $path =~ /^([^.]+)\.(?:(.+)\.)?([^.]+)$/ or next;
    # A history of probes, and there is no probe.
    next if $field eq 'happy';
    my $metric = lc "varnish_${section}_$field";
    # A level has no rate.
    $kind{$metric} = $rate eq '.' ? 'gauge' : 'counter';
    $help{$metric} = $description;
    push @{ $samples{$metric} }, $metric . (defined $name ? "{name=\"$name\"}" : '') . " $value\n";
  }
  close $stat or return undef;
  return join '', map { ("# HELP $_ $help{$_}\n# TYPE $_ $kind{$_}\n", @{ $samples{$_} }) } sort keys %samples;
}
