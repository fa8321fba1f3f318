/** A fenced block of a page. */
export interface CodeBlock {
  /** The page's path. */
  readonly from: string;
  /** What stands behind the opening fence: the language, and a mark. */
  readonly info: string;
  readonly code: string;
}

const fence = /^```(.*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a page. */
export function codeBlocksOf(from: string, page: string): CodeBlock[] {
  return Array.from(page.matchAll(fence), ([, info = "", code = ""]) => ({ from, info, code }));
}

/** The page without its fenced blocks. */
export function proseOf(page: string): string {
  return page.replaceAll(fence, "");
}

/** Where the page's links and images within the repository lead, from the page's folder. */
export function linksOf(page: string): string[] {
  const targets = Array.from(proseOf(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that a page's headings get. */
export function anchorsOf(page: string): string[] {
  return Array.from(proseOf(page).matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
