import { expect } from "chai";
import type { Ended, Step } from "./run.ts";
import { ProvisionStage } from "./stage.ts";

/* The Job's own commands on contents that WordPress itself has written, with PHP and MySQL themselves. */

const from = "https://old.example.com";
const url = "https://new.example.com:8443";
const content = [
  `<a href="${from}/page/">${from}</a>, and <img src="http://old.example.com/a.png">.`,
  `<!-- wp:embed {"url":"https:\\/\\/old.example.com\\/b"} /--> //old.example.com/c ?u=https%3A%2F%2Fold.example.com%2Fd`,
  "https://old.example.com.au https://older.example.com https://old.example.com:444 me@old.example.com ftp://old.example.com ätöm",
].join("\n");
const moved = [
  `<a href="${url}/page/">${url}</a>, and <img src="${url}/a.png">.`,
  `<!-- wp:embed {"url":"https:\\/\\/new.example.com:8443\\/b"} /--> ${url}/c ?u=https%3A%2F%2Fnew.example.com%3A8443%2Fd`,
  "https://old.example.com.au https://older.example.com https://old.example.com:444 me@old.example.com ftp://old.example.com ätöm",
].join("\n");

/** What WordPress is asked to keep: a post, a widget, an option within an option, an object, and one that writes itself. */
const write = `
kses_remove_filters();
$id = wp_insert_post(['post_title' => 'Moved', 'post_status' => 'publish', 'post_content' => wp_slash(${php(content)})], true);
update_option('widget_text', [2 => ['title' => 'ä', 'text' => '<a href="${from}/w">w</a>'], '_multiwidget' => 1]);
update_option('nested', ['inner' => serialize(['link' => '${from}/n']), 'number' => 1.5, 'yes' => true, 'none' => null]);
update_option('object', (object) ['link' => '${from}/o', 'list' => [(object) ['${from}' => 1]]]);
update_option('own_form', new ArrayObject(['${from}']));
$wpdb->query("INSERT INTO $wpdb->options (option_name, option_value) VALUES ('custom', 'C:3:\\"Abc\\":27:{https://old.example.com/own}')");
$wpdb->query("CREATE TABLE {$wpdb->prefix}keyless (link varchar(40))");
$wpdb->query("INSERT INTO {$wpdb->prefix}keyless VALUES ('${from}/k'), ('${from}/k'), ('${from.toUpperCase()}/K')");
echo $id;`;
const read = `
$post = get_posts(['title' => 'Moved'])[0];
echo json_encode([
  'content' => $post->post_content, 'guid' => $post->guid,
  'widget' => get_option('widget_text')[2]['text'],
  'nested' => unserialize(get_option('nested')['inner'])['link'], 'rest' => array_slice(get_option('nested'), 1),
  'object' => get_option('object'), 'ownForm' => get_option('own_form')->getArrayCopy(),
  'custom' => $wpdb->get_var("SELECT option_value FROM $wpdb->options WHERE option_name = 'custom'"),
  'home' => $wpdb->get_var("SELECT option_value FROM $wpdb->options WHERE option_name = 'home'"),
  'keyless' => $wpdb->get_col("SELECT link FROM {$wpdb->prefix}keyless"),
]);`;

/** A text in PHP. */
function php(text: string): string {
  return `base64_decode('${Buffer.from(text).toString("base64")}')`;
}

describe("a site that moves to another address", () => {
  const ended: Record<string, Ended> = {};

  before(async () => {
    const stage = await ProvisionStage.shared();
    const own = { extraEnv: [{ name: "WORDPRESS_TABLE_PREFIX", value: "mv_" }] };
    const before = await stage.job({ ...own, url: from });
    const after = await stage.job({ ...own, url, movedFrom: from });
    const count = ["php", "/etc/wordpress/move.php", from, url];
    const tight =
      "$wpdb->query(\"INSERT INTO $wpdb->links (link_url, link_name) VALUES (CONCAT('https://old.example.com/', REPEAT('x', 231)), 'l')\");";
    const steps: Record<string, Step> = {
      installed: before,
      written: stage.php(before, write),
      only: await stage.job({ ...own, url }),
      onlyFound: stage.php(after, read),
      counted: { ...before, command: count },
      countedFound: stage.php(after, read),
      tight: stage.php(before, tight),
      full: after,
      fullFound: stage.php(after, read),
      loose: stage.php(before, '$wpdb->query("DELETE FROM $wpdb->links");'),
      moved: after,
      found: stage.php(after, read),
      mention: stage.php(
        after,
        `wp_insert_post(['post_title' => 'History', 'post_content' => 'We were at ${from}.', 'post_status' => 'publish']);`,
      ),
      again: after,
      history: stage.php(after, "echo get_posts(['title' => 'History'])[0]->post_content;"),
    };
    const results = await stage.run(Object.values(steps));
    Object.keys(steps).forEach((name, index) => {
      ended[name] = results[index] as Ended;
    });
  });

  function output(name: string): string {
    const { code, stdout, stderr } = ended[name] as Ended;
    expect(code, `${name}: ${stdout}${stderr}`).to.equal(0);
    return stdout;
  }

  it("keeps its contents' addresses when only site.url changes, and says so", () => {
    output("installed");
    output("written");
    expect(output("only")).to.include(
      `The contents are those of ${from}: site.movedFrom: ${from} would move them to ${url}`,
    );
    expect(JSON.parse(output("onlyFound")).content).to.equal(content);
  });

  it("is counted by hand without a change", () => {
    expect(output("counted"))
      .to.match(/^mv_posts\.post_content: \d+$/m)
      .and.match(/^Would change \d+ texts from/m);
    expect(output("countedFound")).to.equal(output("onlyFound"));
  });

  it("moves nothing when not all of it can be", () => {
    expect(ended.full?.code).to.equal(78);
    expect(ended.full?.stderr).to.match(
      /site\.movedFrom: nothing was changed, for mv_links\.link_url cannot be: Data too long/,
    );
    expect(output("fullFound")).to.equal(output("onlyFound"));
  });

  it("moves every form of its address and no other, and keeps serialised data whole", () => {
    const changed = Number(/Changed (\d+) texts/.exec(output("moved"))?.[1]);
    expect(changed).to.equal(Number(/Would change (\d+) texts/.exec(output("counted"))?.[1]));
    const found = JSON.parse(output("found"));
    expect(found).to.deep.include({
      content: moved,
      widget: `<a href="${url}/w">w</a>`,
      nested: `${url}/n`,
      rest: { number: 1.5, yes: true, none: null },
      object: { link: `${url}/o`, list: [{ [url]: 1 }] },
      ownForm: [url],
      home: url,
      keyless: [`${url}/k`, `${url}/k`, `${url}/K`],
    });
  });

  it("leaves GUIDs, and what only its own class can read, as they are", () => {
    const found = JSON.parse(output("found"));
    expect(found.guid).to.match(/^https:\/\/old\.example\.com\//);
    expect(found.custom).to.equal('C:3:"Abc":27:{https://old.example.com/own}');
    expect(output("moved")).to.include("1 serialised values in a form of their own stay as they are");
  });

  it("moves once: what is written about the old address afterwards stays", () => {
    expect(output("again")).not.to.include("Changed");
    expect(output("history")).to.equal(`We were at ${from}.`);
  });
});
