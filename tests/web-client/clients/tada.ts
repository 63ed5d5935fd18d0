// gql.tada over plain `fetch`: variables and answers typed without generated documents.

import { type ResultOf, type TadaDocumentNode, type VariablesOf } from 'gql.tada';
import { print } from 'graphql';

import { Log, Page } from './documents.js';
import { checkLog, checkPages, draft, send } from './server.js';

async function execute<D, V>(document: TadaDocumentNode<D, V>, variables: V): Promise<D> {
  return (await send(print(document), variables)) as D;
}

const last: ResultOf<typeof Page> = await execute(Page, { last: 5 });
const before: VariablesOf<typeof Page> = { last: 100, before: last.decisions.pageInfo.startCursor };
const rest = await execute(Page, before);
checkPages([rest.decisions.nodes, last.decisions.nodes], last.decisions.totalCount);

const input = draft('tada');
const refused = await execute(Log, { input: { ...input, expectedImpact: 300 } });
checkLog(refused.logDecision, (await execute(Log, { input })).logDecision, input.title);
