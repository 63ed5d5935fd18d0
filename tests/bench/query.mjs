// The two documents that both servers are asked for.

const SCOREBOARD = `query Scoreboard {
  decisions(first: 60) {
    nodes {
      title
      owner
      target { name }
      expectation { impact }
      review {
        verdict
        effect
        interval { low high }
        before { promoters passives detractors }
        after { promoters passives detractors }
        caveats { code message }
      }
    }
  }
}`;

const SERIES = `query Series {
  decisions(first: 60) {
    nodes {
      title
      review {
        verdict
        series { start observed expected expectedInterval { low high level } responses }
      }
    }
  }
}`;

export const QUERIES = { scoreboard: SCOREBOARD, series: SERIES };
