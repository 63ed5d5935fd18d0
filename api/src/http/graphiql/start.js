// Starts GraphiQL on this server's API.
const root = document.getElementById("graphiql");
const welcome = `# Where reading needs a token, set it under "Headers":
# { "Authorization": "Bearer <token>" }

query Scoreboard {
  decisions(first: 10) {
    nodes { title owner movedTheNeedle review { verdict effect interval { low high } } }
  }
}
`;
// A session's cookie is accepted only together with this header.
function withSession(url, options) {
  const token = document.cookie.split("; ").find((cookie) => cookie.startsWith("needle_csrf="));
  const headers = token ? { ...options.headers, "X-CSRF-Token": token.slice("needle_csrf=".length) } : options.headers;
  return fetch(url, { ...options, headers });
}
const fetcher = GraphiQL.createFetcher({ url: "/graphql", fetch: withSession });
ReactDOM.createRoot(root).render(React.createElement(GraphiQL, { fetcher, defaultQuery: welcome, shouldPersistHeaders: false }));
