import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/* Texts a config may hold, each by the rules of the program that reads it. */

const label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const subdomain = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** Name of a namespace. Source: Kubernetes' DNS-1123 label. */
export const labelName = new RegExp(`^${label}$`);

/** Name of any other object a config names. Source: Kubernetes' DNS-1123 subdomain. */
export const objectName = new RegExp(`^(?=.{1,253}$)${subdomain}$`);

/** Name of a host as browsers write it, without the dot of the root. */
export const hostName = new RegExp(`^(?=.{1,253}$)(${label}\\.)*${label}$`);

/** An https origin in the one form browsers give it: no default port, no path. */
export function isSiteUrl(url: string): boolean {
  const [, host = ""] = /^https:\/\/([^/:]+)(:[1-9]\d*)?$/.exec(url) ?? [];
  return hostName.test(host) && URL.canParse(url) && new URL(url).origin === url;
}

const pathPart = "[a-z0-9]+((\\.|_{1,2}|-+)[a-z0-9]+)*";

/** Registry with an optional port, repository, tag and digest. Source: the distribution project's reference. */
export const imageReference = new RegExp(
  `^([a-z0-9]+([.-]+[a-z0-9]+)*(:[0-9]{1,5})?/)?${pathPart}(/${pathPart})*(:\\w[\\w.-]{0,127})?(@sha(256:[0-9a-f]{64}|512:[0-9a-f]{128}))?$`,
);

/** Address and prefix length. Source: Go's ParseCIDR, as which the API server and Traefik read it. */
export function isAddressRange(text: string): boolean {
  const [, address = "", length = ""] = /^([\d.a-fA-F:]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return length !== "" && Number(length) <= bits;
}

const qualified = "[A-Za-z0-9]([-\\w.]{0,61}[A-Za-z0-9])?";

/** Key of a label or an annotation, with an optional domain before it. */
export const qualifiedName = new RegExp(`^((?=[^/]{1,253}/)${subdomain}/)?${qualified}$`);

/** A label's key that neither this deployment nor Kubernetes' controllers set. */
export const freeLabel = new RegExp(
  `^(?!(app|tier|pod-template-hash|controller-revision-hash|controller-uid|job-name)$|(app|apps|batch|statefulset)\\.kubernetes\\.io/)${qualifiedName.source.slice(1)}`,
);

export const labelValue = new RegExp(`^(${qualified})?$`);

/** Name of an environment variable that every version of Kubernetes takes. */
export const variableName = /^[-._A-Za-z][-._A-Za-z0-9]*$/;

/** An address WordPress takes; any other it would leave out. Source: its is_email(). */
export const mailAddress =
  /^(?=.{6,100}$)[\w!#$%&'*+/=?^`{|}~.-]+@([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i;

/** One certificate or several, PEM. */
export function isCertificate(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*(-----END CERTIFICATE-----)?/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const cronFields = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
];

/** A schedule as a CronJob takes it. Source: the standard parser of robfig/cron. */
export function isSchedule(text: string): boolean {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text)) return true;
  const fields = text.trim().split(/\s+/);
  return (
    fields.length === cronFields.length &&
    cronFields.every((range, index) =>
      (fields[index] ?? "").split(",").every((part) => isWithin(part, range)),
    )
  );
}

/** A number, a range or all, with an optional step: `5`, `mon-fri`, `10/20`, `*`. */
function isWithin(part: string, { least, most, names = [] }: (typeof cronFields)[number]): boolean {
  const [, low = "", high, step] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
  const number = (word: string) => {
    const named = names.indexOf(word.toLowerCase());
    if (named >= 0) return least + named;
    return /^\d+$/.test(word) ? Number(word) : Number.NaN;
  };
  if (Number(step ?? 1) === 0) return false;
  if (low === "*" || low === "?") return high === undefined;
  const [from, to] = [number(low), high === undefined ? number(low) : number(high)];
  return from >= least && from <= to && to <= most;
}

/** A time zone in the spelling of the tz database, which is PHP's. */
export function isTimezone(name: string): boolean {
  return /^[A-Z][A-Za-z]*(\/[-+\w]+)*$/.test(name) && timezoneSpelling(name) === name;
}

/**
 * The right spelling of a time zone, which is found in any case; undefined where there is none. Of an alias, such as
 * US/Pacific, only the zone it stands for is told: its own spelling is taken as it is given.
 */
export function timezoneSpelling(name: string): string | undefined {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch {
    return undefined;
  }
}
