<?php
/*
 * Plugin Name: Outgoing mail
 * Description: Gives the site's mail to the SMTP server of its deployment, and logs why a mail was not sent. Placed here by the deployment.
 */

final class Outgoing_Mail
{
    /** Longest wait for the server, in seconds; a visitor waits as long. */
    private const PATIENCE = 15;

    /** What the server, or TLS, had against the mail under way. */
    private array $objections = [];

    public function __construct()
    {
        add_action('wp_mail_failed', [$this, 'logFailure']);
        // Not set in pods without a server, though the plugin may be on a volume they share with others.
        if (!getenv('WORDPRESS_SMTP_HOST')) {
            add_action('admin_notices', [$this, 'warn']);
            return;
        }
        // Before plugins that have a server of their own.
        add_action('phpmailer_init', [$this, 'configure'], 0);
        // A sender that a plugin names stays.
        add_filter('wp_mail_from', fn($address) => str_starts_with($address, 'wordpress@') ? getenv('WORDPRESS_SMTP_FROM') : $address, 0);
        add_filter('wp_mail_from_name', fn($name) => $name === 'WordPress' ? $this->senderName() : $name, 0);
    }

    private function senderName(): string
    {
        return getenv('WORDPRESS_SMTP_FROM_NAME') ?: wp_specialchars_decode(get_option('blogname'), ENT_QUOTES);
    }

    public function configure(PHPMailer\PHPMailer\PHPMailer $mailer): void
    {
        $mailer->isSMTP();
        $mailer->Host = getenv('WORDPRESS_SMTP_HOST');
        $mailer->Port = (int) getenv('WORDPRESS_SMTP_PORT');
        $mailer->SMTPSecure = ['starttls' => $mailer::ENCRYPTION_STARTTLS, 'implicit' => $mailer::ENCRYPTION_SMTPS, 'none' => ''][getenv('WORDPRESS_SMTP_TLS')];
        $mailer->SMTPAutoTLS = false;
        $authority = getenv('WORDPRESS_SMTP_CA_FILE');
        $mailer->SMTPOptions = $authority ? ['ssl' => ['cafile' => $authority]] : [];
        $mailer->SMTPAuth = (bool) getenv('WORDPRESS_SMTP_USER');
        if ($mailer->SMTPAuth) {
            $mailer->Username = getenv('WORDPRESS_SMTP_USER');
            $mailer->Password = rtrim((string) file_get_contents(getenv('WORDPRESS_SMTP_PASSWORD_FILE')), "\r\n");
        }
        // Where what cannot be delivered comes back to.
        $mailer->Sender = getenv('WORDPRESS_SMTP_FROM');
        $mailer->Timeout = self::PATIENCE;
        $mailer->getSMTPInstance()->Timelimit = self::PATIENCE;
        // The exception does not say what the server did. Of what is said only faults are kept: the rest holds the mail, and
        // a goodbye after TLS has failed is answered in cipher.
        $mailer->SMTPDebug = PHPMailer\PHPMailer\SMTP::DEBUG_CONNECTION;
        $this->objections = [];
        $mailer->Debugoutput = function (string $line): void {
            if (preg_match('/^SMTP ERROR: (?!QUIT)|Error #\d+: /', $line)) $this->objections[] = preg_replace('/ \[\S+ line \d+\]/', '', $line);
        };
    }

    public function logFailure(WP_Error $error): void
    {
        $why = [$error->get_error_message(), ...$this->objections];
        if (!getenv('WORDPRESS_SMTP_HOST')) $why[] = 'The deployment has no SMTP server (site.smtp).';
        $subject = $error->get_error_data()['subject'] ?? '';
        error_log(preg_replace('/\s+/', ' ', "mail: \"$subject\" was not sent: " . strip_tags(implode(' ', $why))));
        $this->objections = [];
    }

    /** On the dashboard, to those who can do something about it. */
    public function warn(): void
    {
        $other = has_action('phpmailer_init') || has_filter('pre_wp_mail')
            || !str_ends_with((new ReflectionFunction('wp_mail'))->getFileName(), '/wp-includes/pluggable.php')
            || is_executable((string) strtok((string) ini_get('sendmail_path'), ' '));
        if ($other || $GLOBALS['pagenow'] !== 'index.php' || !current_user_can('manage_options')) return;
        echo '<div class="notice notice-warning"><p>This site cannot send mail: a lost password cannot be replaced, and nobody hears of comments. The deployment needs an SMTP server, <code>site.smtp</code>.</p></div>';
    }
}

new Outgoing_Mail();
