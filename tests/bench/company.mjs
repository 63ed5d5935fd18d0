// The company that is measured: 20 segments and 52 decisions, one every four weeks, so that each overlaps only few others. Before the first
// lie two years of responses: as many weeks as a review's series goes back. The same bytes every time.

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2018-01-01T00:00:00Z');
const WEEKS_BEFORE = 104;
const WEEKS_BETWEEN = 4;
const HORIZON_WEEKS = 6;
const DECISIONS = 52;
const WEEKS = WEEKS_BEFORE + WEEKS_BETWEEN * DECISIONS + HORIZON_WEEKS;
const CUSTOMERS = 6_000;
const RESPONSES_PER_WEEK = 250;

// The day of the recompute: the Monday after the last response, when all horizons are over.
export const AS_OF = day(7 * WEEKS);

const INDUSTRIES = [
  'Retail', 'Media', 'Health', 'Energy', 'Travel', 'Banking', 'Logistics', 'Education', 'Food', 'Insurance',
  'Software', 'Telecom', 'Fashion', 'Housing', 'Mobility', 'Sports', 'Gaming', 'Farming', 'Printing', 'Chemistry',
];
const PLANS = ['Free', 'Team', 'Business'];
const CHANGES = ['Shorten the sign-up form', 'Answer tickets within a day', 'Move the invoices', 'Rebuild the search', 'Drop the setup fee'];
const OWNERS = ['ada', 'grace', 'edsger', 'barbara'];

// mulberry32: small, seeded, good enough for a sample.
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function day(days) {
  return new Date(FIRST_DAY + days * DAY_MS).toISOString().slice(0, 10);
}

function segment(name) {
  return { key: name.toLowerCase(), name, filter: { attribute: { name: 'industry', in: [name] } } };
}

function decision(index) {
  const target = INDUSTRIES[index % INDUSTRIES.length];
  const effectiveWeek = WEEKS_BEFORE + WEEKS_BETWEEN * index;
  const impact = 4 + (index % 5);
  return {
    externalId: `decision-${String(index).padStart(2, '0')}`,
    title: `${CHANGES[index % CHANGES.length]} for ${target}`,
    owner: OWNERS[index % OWNERS.length],
    targetSegmentKey: target.toLowerCase(),
    takesEffectOn: day(7 * effectiveWeek),
    horizonWeeks: HORIZON_WEEKS,
    expectedImpact: impact,
    expectedLow: impact - 3,
    expectedHigh: impact + 3,
    loggedAt: `${day(7 * effectiveWeek - 10)}T09:00:00Z`,
  };
}

// The chance that a customer of an industry is a promoter in a week: every third decision works.
function chanceOfPromoter(industry, week, decisions) {
  const works = ({ targetSegmentKey, takesEffectOn }, index) =>
    index % 3 === 0 && targetSegmentKey === industry.toLowerCase() && takesEffectOn <= day(7 * week);
  return 0.35 + 0.15 * decisions.filter(works).length;
}

function score(random, chance) {
  const luck = random();
  if (luck < chance) return 9 + Math.floor(2 * random());
  return luck < chance + 0.3 * (1 - chance) ? 7 + Math.floor(2 * random()) : Math.floor(7 * random());
}

function responses(random, customers, decisions) {
  const rows = [];
  for (let week = 0; week < WEEKS; week += 1) {
    const chances = Object.fromEntries(INDUSTRIES.map((name) => [name, chanceOfPromoter(name, week, decisions)]));
    for (let count = 0; count < RESPONSES_PER_WEEK; count += 1) {
      const customer = Math.floor(customers.length * random());
      const respondedOn = day(7 * week + Math.floor(7 * random()));
      const given = score(random, chances[customers[customer].industry]);
      rows.push(`r${week}-${count},${given},${respondedOn}T12:00:00Z,c${customer}`);
    }
  }
  return rows;
}

// The files that `needle import` takes, by their names.
export function companyFiles() {
  const random = randomNumbers(20_240_701);
  const pick = (values) => values[Math.floor(values.length * random())];
  const customers = Array.from({ length: CUSTOMERS }, () => ({ industry: pick(INDUSTRIES), plan: pick(PLANS) }));
  const decisions = Array.from({ length: DECISIONS }, (_, index) => decision(index));
  const table = (header, rows) => [header, ...rows, ''].join('\n');
  return {
    'customers.csv': table('customer_id,industry,plan', customers.map(({ industry, plan }, id) => `c${id},${industry},${plan}`)),
    'segments.json': JSON.stringify(INDUSTRIES.map(segment)),
    'decisions.json': JSON.stringify(decisions),
    'responses.csv': table('response_id,score,responded_at,customer_id', responses(random, customers, decisions)),
  };
}
