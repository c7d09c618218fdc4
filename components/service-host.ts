/**
 * The namespace of the Service a host name stands for: `smtp.mail.svc` and `smtp.mail.svc.cluster.local` are in `mail`,
 * and `smtp` is in the namespace of who asks, `own`. Undefined for every other host.
 */
export function serviceNamespace<T>(host: string, own: T): T | string | undefined {
  if (!host.includes(".")) return own;
  return /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(host)?.[1];
}
