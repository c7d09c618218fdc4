/** The server WordPress' mail is given to: what the pods are told of it, and what is wrong between its arguments. */
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { asWritten } from "../pods.ts";
import { serviceNamespace } from "../service-host.ts";
import type { SmtpServer } from "./args.ts";
import type { ArgumentFault } from "./checks.ts";

/** The port each kind of TLS is spoken on. Sources: RFC 8314, RFC 6409, RFC 5321. */
const usualPorts = { starttls: 587, implicit: 465, none: 25 } as const;

const kindOf = ({ tls = "starttls" }: SmtpServer) => tls;

/** The server's port. */
export function smtpPort(smtp: SmtpServer): pulumi.Input<number> {
  return smtp.port ?? usualPorts[kindOf(smtp)];
}

/** Where the pods find the password. */
export const smtpFolder = "/run/secrets/wordpress/smtp";

/** Environment that files/outgoing-mail.php reads. */
export function smtpEnv(smtp: SmtpServer | undefined): k8s.core.v1.EnvVar[] {
  if (smtp === undefined) return [];
  const { host, user, fromAddress, fromName, certificateAuthority } = smtp;
  const values = {
    HOST: host,
    PORT: pulumi.output(smtpPort(smtp)).apply(String),
    TLS: kindOf(smtp),
    USER: user,
    PASSWORD_FILE: user === undefined ? undefined : `${smtpFolder}/password`,
    FROM: fromAddress,
    FROM_NAME: fromName,
    CA_FILE: certificateAuthority === undefined ? undefined : "/etc/wordpress/smtp-ca.crt",
  };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: `WORDPRESS_SMTP_${name}`, value: asWritten(value) }],
  );
}

/** What is wrong between the arguments, which stand under `path`. Texts that come later are not looked at. */
export function smtpFaults(smtp: SmtpServer | undefined, path: string): ArgumentFault[] {
  if (smtp === undefined) return [];
  const { host, user, secretName, certificateAuthority } = smtp;
  const tls = kindOf(smtp);
  const port = smtpPort(smtp);
  const outside = typeof host === "string" && serviceNamespace(host, "") === undefined;
  const fault = (argument: keyof SmtpServer, allowed: string) => ({
    argument: `${path}.${argument}`,
    value: smtp[argument],
    allowed,
  });
  return [
    user !== undefined &&
      secretName === undefined &&
      fault("secretName", `the Secret that holds the password, because ${path}.user is set`),
    user === undefined &&
      secretName !== undefined &&
      fault("user", `the user whose password is in ${path}.secretName`),
    tls === "none" &&
      user !== undefined &&
      outside &&
      fault(
        "tls",
        `starttls or implicit, because ${host} is no Service of the cluster: the password would cross the network in plain text`,
      ),
    tls === "none" &&
      certificateAuthority !== undefined &&
      fault("certificateAuthority", `nothing, because ${path}.tls is none`),
    tls !== "implicit" &&
      port === usualPorts.implicit &&
      fault("tls", `implicit, because ${path}.port is ${port}, where TLS begins with the connection`),
    tls === "implicit" &&
      (port === usualPorts.starttls || port === usualPorts.none) &&
      fault("tls", `starttls, because ${path}.port is ${port}, where no connection begins with TLS`),
  ].filter((one) => one !== false);
}
