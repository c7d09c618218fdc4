/** The WordPress that is installed: what only its installation follows. */
import { wordpressNames } from "../../components/names.ts";
import { notAllowed } from "../fault.ts";
import { inNamespace, type Rule } from "./rule.ts";

interface Job {
  spec: { template: { spec: { containers: { env?: { name: string; value?: string }[] }[] } } };
  status?: { succeeded?: number };
}

/** A name in the Secret that nobody in WordPress has would be found when it is needed. */
export const administrator: Rule = async ({ namespace, site, existingSecrets }, cluster) => {
  if (existingSecrets.admin !== undefined) return [];
  const jobs = await cluster.list<Job>("Jobs", `${inNamespace(namespace, "batch/v1")}/jobs`);
  const names = (jobs ?? [])
    .filter(({ status }) => (status?.succeeded ?? 0) > 0)
    .flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ env }) => env ?? []))
    .flatMap(({ name, value }) => (name === "WORDPRESS_ADMIN_USER" && value !== undefined ? [value] : []));
  return [
    names.length > 0 &&
      !names.includes(site.adminUser) &&
      notAllowed(
        "site.adminUser",
        site.adminUser,
        `${names[0]}, whom the installation made: WordPress renames nobody, and Secret ${wordpressNames.admin} would tell a name nobody has. Make another administrator in the dashboard, and keep the login in a Secret of yours (existingSecrets.admin)`,
      ),
  ];
};
