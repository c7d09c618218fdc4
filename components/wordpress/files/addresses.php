<?php
// Another address in the place of an old one, in texts as WordPress and its plugins keep them.

/** Replaces an origin, or an origin and a path, also where it is escaped as in JSON or encoded as in a query. */
final class Addresses
{
    /** Values left as they are: objects that write themselves in a form of their own. */
    public int $left = 0;
    private array $patterns = [];

    public function __construct(string $from, string $to)
    {
        $forms = [fn($text) => $text, fn($text) => str_replace('/', '\/', $text), rawurlencode(...)];
        $host = preg_replace('#^https?:#', '', $from);
        foreach ($forms as $form) {
            $colon = preg_quote($form(':'), '~');
            // Not the beginning of a longer host, nor one with a port. The scheme may be either, or left to the page.
            $end = "(?![\w-]|\.\w|{$colon}\d)";
            $old = preg_quote($form($host), '~');
            $this->patterns["~(?:https?$colon|(?<![\w:]))$old$end~i"] = $form($to);
        }
    }

    public function replaced(string $text): string
    {
        // WordPress' own function does not know the form of a class that writes itself.
        if (is_serialized($text) || preg_match('/^C:\d+:"[\w\\\\]+":\d+:\{/', $text)) {
            $changed = $this->replaced_serialized(trim($text));
            if ($changed === null) $this->left++;
            return $changed ?? $text;
        }
        foreach ($this->patterns as $pattern => $to) {
            $text = preg_replace_callback($pattern, fn() => $to, $text) ?? $text;
        }
        return $text;
    }

    /** Token by token, so that no class has to be there and none is run; null for what is not understood. */
    private function replaced_serialized(string $data): ?string
    {
        $result = '';
        for ($at = 0; $at < strlen($data); $at += strlen($token)) {
            if (preg_match('/\Gs:(\d+):"/', $data, $found, 0, $at)) {
                $text = substr($data, $at + strlen($found[0]), (int) $found[1]);
                $token = "$found[0]$text\";";
                if (substr_compare($data, $token, $at, strlen($token)) !== 0) return null;
                $changed = $this->replaced($text);
                $result .= 's:' . strlen($changed) . ":\"$changed\";";
            } elseif (preg_match('/\G(?:N;|[bidrR]:[^;"]*;|a:\d+:\{|\}|O:\d+:"[^"]*":\d+:\{|E:\d+:"[^"]*";)/', $data, $found, 0, $at)) {
                $token = $found[0];
                $result .= $token;
            } else {
                return null;
            }
        }
        return $result;
    }
}
