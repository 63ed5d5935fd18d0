// graphql-codegen's client preset: strict scalars, masked fragments, documents as typed nodes over plain `fetch`.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

import { graphql, readFragment } from './__generated__/codegen/index.js';
import { checkLog, checkPages, draft, send } from './server.js';

const Row = graphql(`
  fragment Row on Decision {
    title
    takesEffectOn
    review {
      effect
    }
  }
`);

const Page = graphql(`
  query CodegenPage($first: Int!, $after: String) {
    decisions(first: $first, after: $after) {
      totalCount
      nodes {
        ...Row
      }
      pageInfo {
        endCursor
      }
    }
  }
`);

const Log = graphql(`
  mutation CodegenLog($input: LogDecisionInput!) {
    logDecision(input: $input) {
      decision {
        title
        status
      }
      userErrors {
        code
        path
      }
    }
  }
`);

async function execute<D, V>(document: TypedDocumentNode<D, V>, variables: V): Promise<D> {
  return (await send(print(document), variables)) as D;
}

const first = await execute(Page, { first: 7 });
const second = await execute(Page, { first: 100, after: first.decisions.pageInfo.endCursor ?? null });
const pages = [first, second].map(({ decisions }) => decisions.nodes.map((node) => ({ ...readFragment(Row, node) })));
checkPages(pages, first.decisions.totalCount);

const input = draft('codegen');
const refused = await execute(Log, { input: { ...input, expectedImpact: 300 } });
checkLog(refused.logDecision, (await execute(Log, { input })).logDecision, input.title);
