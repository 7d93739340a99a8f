/** The colours of page and card, by what they say, in both colour schemes with at least AA contrast on `card`. */
export interface Palette {
  readonly page: string;
  readonly card: string;
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly faint: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
}

export const lightPalette: Palette = {
  page: '#fbfbfa',
  card: '#fff',
  text: '#1c1e21',
  soft: '#5b6169',
  line: '#e2e3e5',
  faint: '#f6f7f7',
  accent: '#0b62a8',
  good: '#1a6b3c',
  bad: '#a8261d',
  warn: '#7d5200',
};

export const darkPalette: Palette = {
  page: '#131517',
  card: '#1a1d20',
  text: '#e8eaec',
  soft: '#a3abb3',
  line: '#31363b',
  faint: '#212529',
  accent: '#7cb8ee',
  good: '#7fcf9d',
  bad: '#f29b92',
  warn: '#e4b95b',
};
