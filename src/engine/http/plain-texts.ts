/**
 * Varied plain text: English words, digits, code, Chinese. Its tokens are ordinary ones of any vocabulary, and several
 * hundred of them differ.
 */
export const plainTexts: readonly string[] = [
  ' the river walks past quiet houses where people read letters and drink warm coffee before morning work begins' +
    ' every summer farmers bring apples, onions, bread and honey to a market near the old stone bridge' +
    ' children learn names of birds, stars, rivers and distant mountains from maps drawn on thick yellow paper' +
    ' engineers measure heat, pressure, current and speed, then compare each result with what theory had promised' +
    ' doctors ask about sleep, food, pain and family history before they choose a treatment',
  ' music letter garden window winter silver mountain forest ocean island desert valley village station market office' +
    ' kitchen teacher student doctor lawyer driver farmer soldier artist writer singer player leader member officer' +
    ' science history nature language culture religion politics economy industry energy weather climate health medicine' +
    ' water fire earth stone metal glass paper cloth leather plastic rubber cotton wool silk gold iron copper salt sugar',
  ' run walk jump swim fly drive ride build break open close start stop begin end send receive buy sell give take make' +
    ' think know believe remember forget understand explain describe discuss agree refuse accept offer suggest decide' +
    ' quick slow bright dark heavy light strong weak early late young ancient modern simple complex common rare public' +
    ' private local foreign internal external positive negative formal casual gentle rough smooth narrow wide deep',
  ' Monday Tuesday Wednesday Thursday Friday January March April June July August September October November' +
    ' North South East West America Europe Asia Africa China India Japan France Germany Spain Italy Brazil Canada' +
    ' London Paris Berlin Tokyo Beijing Rome Madrid Moscow Sydney Boston Chicago Oxford Cambridge',
  '0 1 2 3 4 5 6 7 8 9 10 12 15 20 24 25 30 32 48 50 64 75 90 100 128 200 256 365 500 512 1000 1024 1999 2000 2026 ' +
    '3.14 2.718 0.5 99.9 50% $20 7:30 18:45 1st 2nd 3rd 4th x2 y3 z9 a1 b2 c3 A4 B5 C6',
  'function add(left, right) { return left + right; }\nconst total = items.map((item) => item.price).filter(Boolean);\n' +
    'for (let index = 0; index < array.length; index++) { if (array[index] !== null) console.log(array[index]); }\n' +
    'class Queue:\n    def __init__(self, size=10):\n        self.items = []\n    def push(self, value):\n' +
    '        if len(self.items) >= size: raise ValueError("full")\n        self.items.append(value)\n' +
    'SELECT name, COUNT(*) FROM users WHERE age > 18 GROUP BY name ORDER BY name DESC;\n' +
    '#include <stdio.h>\nint main(void) { printf("%d\\n", 42); return 0; }\n<div class="row"><a href="/home">Home</a></div>\n',
  '春天的早晨，河边的树开始发芽，孩子们在学校里读书写字。城市中心有一座很大的图书馆，里面收藏了许多历史、科学和文学作品。' +
    '工程师测量温度、压力和速度，然后把结果与理论比较。市场上卖苹果、白菜、面包、牛奶和新鲜的鱼。' +
    '下午下了一场小雨，街道变得安静，人们回家做饭、听音乐、看电视新闻。医生建议大家早睡早起，多喝水，多运动。' +
    '数学老师讲解方程，学生认真记录每一个步骤。北方的冬天很冷，南方的夏天很热，东西两边的山都很高。',
  ' Le matin, la ville est calme et les enfants vont vers la petite gare. Am Abend lesen wir alte Geschichten und kochen' +
    ' Suppe mit Kartoffeln. El viento del norte trae lluvia sobre los campos verdes. O barco partiu cedo do porto.',
];
