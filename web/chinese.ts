/** The page's own words in Chinese. `{}` stands for a number, a name, or another of these words. */
export const chinese: Readonly<Record<string, string>> = {
  Numbers: '数据',
};
