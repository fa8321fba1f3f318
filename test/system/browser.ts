import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { run, SkipTest, type TestCertificate, temporaryFolder } from "../kit/mod.ts";

const program = "/usr/bin/chromium";
const bundle = fileURLToPath(import.meta.resolve("mqtt/dist/mqtt.min"));

/**
 * Runs a script in a page of Debian's Chromium in which MQTT.js is `mqtt`, and answers what it gives to `report`.
 * Of certificates only that of the test is accepted. Throws SkipTest where there is no Chromium.
 */
export async function inBrowser(script: string, trusted: TestCertificate): Promise<unknown> {
  if (!existsSync(program)) throw new SkipTest(`${program} is not installed (Debian package chromium)`);
  const reported = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    if (request.url === "/mqtt.js") response.setHeader("content-type", "text/javascript").end(readFileSync(bundle));
    else if (request.method === "POST")
      void text(request)
        .then(reported.resolve, reported.reject)
        .then(() => response.end());
    else response.setHeader("content-type", "text/html").end(pageWith(script));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = temporaryFolder("chromium");
  const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  const trust = `--ignore-certificate-errors-spki-list=${keyHash(trusted)}`;
  const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser = run(program, [...options, `--user-data-dir=${folder}`, trust, page], { within: 90_000 });
  void browser.finished.then(
    ({ errors }) => reported.reject(new Error(`Chromium ended:\n${errors}`)),
    (error: unknown) => reported.reject(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    return JSON.parse(await reported.promise);
  } finally {
    await browser.stop();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function pageWith(script: string): string {
  const report = 'const report = (value) => fetch("/", { method: "POST", body: JSON.stringify(value) });';
  return `<!doctype html><script src="/mqtt.js"></script><script type="module">${report}\n${script}</script>`;
}

/** As the option wants it: SHA-256 of the public key. */
function keyHash({ certFile }: TestCertificate): string {
  const { publicKey } = new X509Certificate(readFileSync(certFile));
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}
