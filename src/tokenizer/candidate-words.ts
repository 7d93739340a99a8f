/** One kind of candidate: its members are joined as they are, and only with each other. */
export interface WordFamily {
  readonly name: string;
  readonly words: readonly string[];
}

// Short, frequent English words: with its leading space each is one token in the vocabularies of Qwen3, Llama 2 and 3.1,
// gpt-oss, DeepSeek-V3 and Gemma 3 (checked with their tokenizer.json files).
const english = `
the of and to in is it you that he was for on are with as his they at be this from have or by one had not but what
all were when we there can an your which their said if do will each about how up out them then she many some so
these would other into has more her two like him see time could no make than first been its who now people my made
over did down only way find use may water long little very after words called just where most know get through back
much before go good new write our used me man too any day same right look think also around another came come work
three word must because does part even place well such here take why things help put years different away again off
went old number great tell men say small every found still between name should home big give air line set own under
read last never us left end along while might next sound below saw something thought both few those always looked
show large often together asked house world going want school important until form food keep children feet land
side without boy once animals life enough took sometimes four head above kind began almost live page got earth need
far hand high year mother light parts country father let night following picture being study second eyes soon times
story boys since white days ever paper hard near sentence better best across during today others however sure means
knew try told young miles sun ways thing whole hear example heard several change answer room sea against top turned
learn point city play toward five using himself usually money seen car morning given trees body family later turn
move face door cut done group half red fish ten plants living wanted black eat short run book gave order open
ground cold really table remember tree course front space inside ago sad early learned bird brought close nothing
idea reading wood build special whether clear fast dark base
`;

// Frequent Chinese characters, one token each in the same vocabularies, that form no longer token side by side.
const chinese =
  '这为没于十又经现向什政入报或司果共觉请百怎术功资跟联留决达候父完革士甚众程江英持越容研像找友孩际据失拿若争喜离虽坐且怕竟客照招兴汉突绝另港脑故陆具忆';

/** Candidates for words of exactly one token, most likely first. The last two serve tokenizers of bytes or characters. */
export const wordFamilies: readonly WordFamily[] = [
  {
    name: 'English words',
    words: english
      .trim()
      .split(/\s+/)
      .map((word) => ` ${word}`),
  },
  { name: 'Chinese characters', words: chinese.split('') },
  { name: 'letters', words: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('') },
  { name: 'digits', words: '0123456789'.split('') },
];
