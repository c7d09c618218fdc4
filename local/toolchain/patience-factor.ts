/** How many times longer than usual anything may take: `$WORDPRESS_KUBERNETES_PATIENCE`, else 1. */
export function patienceFactor(env: NodeJS.ProcessEnv = process.env): number {
  const wanted = env.WORDPRESS_KUBERNETES_PATIENCE || "1";
  if (/^[1-9]\d?$/.test(wanted)) return Number(wanted);
  throw new Error(`WORDPRESS_KUBERNETES_PATIENCE is "${wanted}"; it must be a whole number from 1 to 99.`);
}
