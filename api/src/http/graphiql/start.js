// Starts GraphiQL on this server's API.
const root = document.getElementById("graphiql");
const welcome = `# Where reading needs a token, name it under "Headers":
# { "Authorization": "Bearer <token>" }

query Scoreboard {
  decisions(first: 10) {
    nodes { title owner movedTheNeedle review { verdict effect interval { low high } } }
  }
}
`;
const fetcher = GraphiQL.createFetcher({ url: "/graphql" });
ReactDOM.createRoot(root).render(React.createElement(GraphiQL, { fetcher, defaultQuery: welcome, shouldPersistHeaders: false }));
