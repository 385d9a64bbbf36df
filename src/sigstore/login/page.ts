/** The page that the browser shows at the end of a login: words alone, nothing from elsewhere, nothing that runs. */

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // The address holds a code; it is good no more, and yet nobody's business.
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "connection": "close",
};

/**
 * Makes the page.
 *
 * @param status The HTTP status.
 * @param sentence What to say; a constant, as it is not escaped.
 * @returns The answer to the browser.
 */
export function page(status: number, sentence: string): Response {
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>model-signing</title>
</head>
<body>
<main>
<h1>model-signing</h1>
<p role="status">${sentence}</p>
</main>
</body>
</html>
`;
  return new Response(html, { status, headers: HEADERS });
}
